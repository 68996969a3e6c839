import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { ClientMetadata } from "oidc-provider";

/** What the issuer's process is told. */
export type Order =
  | {
      readonly order: "world";
      readonly clients: readonly ClientMetadata[];
      readonly people: Record<string, Record<string, unknown>>;
    }
  | { readonly order: "rotate"; readonly keepsOld: boolean }
  | {
      readonly order: "mint";
      readonly claims: Record<string, unknown>;
      /** Laid over the usual header; `null` leaves a field out. */
      readonly header?: Record<string, unknown>;
      /** Signed with a key that the issuer does not publish, under the name of one that it does. */
      readonly foreign?: boolean;
    }
  | { readonly order: "requests" }
  | { readonly order: "down" }
  | { readonly order: "up" };

export interface Outcome {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

type OrderOf<Name extends Order["order"]> = Omit<Extract<Order, { order: Name }>, "order">;

/** An OpenID provider in a process of its own, on loopback. */
export interface OutsideIssuer {
  readonly url: string;
  /** Registers clients, and people by their subject, with the claims that are told of them. */
  world(world: OrderOf<"world">): Promise<void>;
  rotate(how: OrderOf<"rotate">): Promise<void>;
  /** A token of any content, signed by the issuer. */
  mint(token: OrderOf<"mint">): Promise<string>;
  /** Paths that were asked for since the last time. */
  requests(): Promise<string[]>;
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
}

export async function startIssuer(): Promise<OutsideIssuer> {
  const child = fork(join(import.meta.dirname, "issuer-program.ts"), {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr += chunk;
  });
  const exited = once(child, "exit");
  const pending = new Map<number, (outcome: Outcome) => void>();
  let count = 0;
  child.on("message", (outcome: Outcome) => {
    pending.get(outcome.id)?.(outcome);
    pending.delete(outcome.id);
  });

  async function outcomeOf(id: number): Promise<unknown> {
    const answered = new Promise<Outcome>((resolve) => pending.set(id, resolve));
    const ended = exited.then(() => Promise.reject(new Error(`The issuer has ended: ${stderr}`)));
    const { result, error } = await Promise.race([answered, ended]);
    if (error !== undefined) throw new Error(error);
    return result;
  }
  function tell(order: Order): Promise<unknown> {
    count += 1;
    const outcome = outcomeOf(count);
    child.send({ ...order, id: count });
    return outcome;
  }

  const url = String(await outcomeOf(0));
  return {
    url,
    world: async (world) => void (await tell({ order: "world", ...world })),
    rotate: async (how) => void (await tell({ order: "rotate", ...how })),
    mint: async (token) => String(await tell({ order: "mint", ...token })),
    requests: async () => (await tell({ order: "requests" })) as string[],
    down: async () => void (await tell({ order: "down" })),
    up: async () => void (await tell({ order: "up" })),
    async close() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
