import { login } from "../../src/operations/login.ts";
import { rounded, type Summary, summaryOf } from "../search/summary.ts";
import type { AuthOptions } from "./options.ts";
import { PASSWORD, type World } from "./world.ts";

export interface Enumeration {
  readonly unknown_user: Summary;
  readonly wrong_password: Summary;
  /** How far the medians lie apart, as a share of the wrong password's. */
  readonly apart: number;
  readonly bodies_alike: boolean;
}

/** The operation itself, over no network, where a throttle would answer before any password is looked at. */
export async function measureEnumeration(
  { app, username }: World,
  { trials }: AuthOptions["enumeration"],
): Promise<Enumeration> {
  const bodies = new Set<string>();
  async function refusal(name: string): Promise<number> {
    const started = performance.now();
    const call = {
      authenticate: () => Promise.reject(new Error("Nobody asks")),
      requestId: "bench",
    };
    const error: unknown = await app
      .run(login, { username: name, password: `not ${PASSWORD}` }, call)
      .catch((thrown) => thrown);
    const took = performance.now() - started;
    if (!(error instanceof Error) || !("code" in error)) throw new Error("A wrong password was let in");
    bodies.add(`${String(error.code)}: ${error.message}`);
    return took;
  }

  const times = { unknown: [] as number[], wrong: [] as number[] };
  await refusal("nobody");
  for (let trial = 0; trial < trials; trial++) {
    // As long as the name that there is, and now one first, now the other.
    const unknown = async () => times.unknown.push(await refusal(username.replace(/.$/, String(trial % 10))));
    const wrong = async () => times.wrong.push(await refusal(username));
    for (const attempt of trial % 2 === 0 ? [unknown, wrong] : [wrong, unknown]) await attempt();
  }
  const unknown = summaryOf(times.unknown);
  const wrong = summaryOf(times.wrong);
  return {
    unknown_user: unknown,
    wrong_password: wrong,
    apart: rounded(Math.abs(unknown.p50_ms - wrong.p50_ms) / wrong.p50_ms),
    bodies_alike: bodies.size === 1,
  };
}
