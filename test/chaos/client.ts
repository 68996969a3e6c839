import { setTimeout as sleep } from "node:timers/promises";
import type { Answer } from "../support/library.ts";
import type { Attempt } from "./attempt.ts";
import type { FaultWindows } from "./fault-windows.ts";
import type { Replica } from "./fleet.ts";
import { blame, type Tally } from "./tally.ts";

const PAUSE_MS = 200;
/** Nothing is broken for as long as this. */
const GIVE_UP_MS = 60_000;

export interface Performed {
  /** `undefined`: it was refused. */
  readonly body: Answer | undefined;
  readonly code: string | undefined;
  /** Whether an attempt before may have been done without an answer. */
  readonly wasTried: boolean;
}

export type ChaosClient = ReturnType<typeof createChaosClient>;

/** A client that goes to another replica when one does not answer, and judges each answer. */
export function createChaosClient(deps: {
  readonly replicas: readonly Replica[];
  readonly attempt: Attempt;
  readonly windows: FaultWindows;
  readonly tally: Tally;
  /** Texts that no other tenant's answers may hold. */
  readonly foreign: () => readonly string[];
}) {
  const { replicas, windows, tally } = deps;
  let turn = Math.floor(Math.random() * replicas.length);

  return {
    /** Until it is done or refused for a reason of its own. */
    async perform(operation: string, input: Readonly<Record<string, unknown>>): Promise<Performed> {
      const begunAt = performance.now();
      for (let tries = 0; ; tries++) {
        const replica = replicas[turn++ % replicas.length]!;
        const from = performance.now();
        const outcome = await deps.attempt(replica.url(), operation, input);
        const until = performance.now();
        tally.requests += 1;
        const where = `${operation} at replica ${replica.number}: ${outcome.text}`;
        for (const canary of deps.foreign()) {
          if (outcome.text.includes(canary)) blame(tally, "foreign_reads", where);
        }
        const wasTried = tries > 0;
        if (outcome.kind === "answer") return { body: outcome.body, code: undefined, wasTried };
        if (outcome.kind === "refused") return { body: undefined, code: outcome.code, wasTried };
        const isAllowed =
          outcome.kind === "unavailable"
            ? outcome.saysWhen && windows.allowsRefusal(from, until)
            : windows.allowsLoss(from, until, replica.number);
        if (isAllowed) tally.refused += 1;
        else blame(tally, "unexpected_errors", `${outcome.kind}, ${where}`);
        if (until - begunAt > GIVE_UP_MS) return { body: undefined, code: "gave up", wasTried: true };
        await sleep(PAUSE_MS);
      }
    },
  };
}
