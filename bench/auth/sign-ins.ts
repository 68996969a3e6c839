import { setTimeout as sleep } from "node:timers/promises";
import { serveProgram } from "../../test/support/programs.ts";
import { ratioOf, type Summary, summaryOf } from "../search/summary.ts";
import { type Client, openClient, signInOnce } from "./client.ts";
import type { AuthOptions } from "./options.ts";
import { PASSWORD, SETTINGS, type World } from "./world.ts";

export interface ReadsDuringSignIns {
  readonly idle: Summary;
  readonly signing_in: Summary;
  readonly ratio: { readonly p50: number; readonly p99: number };
  readonly sign_ins: number;
  /** While they were asked for: fewer than were asked for means that the server fell behind. */
  readonly sign_ins_per_second: number;
}

/**
 * Times of get_prompt over REST, asked for at even intervals of a server in a process of its own, while nobody signs in and
 * while so many do every second, in turns. A time runs from when the read was due.
 */
export async function measureSignIns(
  world: World,
  options: AuthOptions["signIns"],
): Promise<ReadsDuringSignIns> {
  const { blocks, calls, everyMs, signInsPerSecond } = options;
  const program = await serveProgram(world.dataDir, SETTINGS);
  const client = openClient(program.url, world.apiKey);
  const times = { idle: [] as number[], signingIn: [] as number[] };
  let done = 0;
  let busyMs = 0;
  try {
    await paced(client, calls / 4, everyMs);
    for (let block = 0; block < blocks; block++) {
      times.idle.push(...(await paced(client, calls, everyMs)));
      const ending = new AbortController();
      const started = performance.now();
      const signingIn = everySecond(signInsPerSecond, ending.signal, async () => {
        if (await signInOnce(program.url, world.username, PASSWORD)) done += 1;
      });
      await sleep(500);
      times.signingIn.push(...(await paced(client, calls, everyMs)));
      ending.abort();
      await signingIn;
      busyMs += performance.now() - started;
    }
  } finally {
    client.close();
    await program.stop();
  }
  const idle = summaryOf(times.idle);
  const signingIn = summaryOf(times.signingIn);
  return {
    idle,
    signing_in: signingIn,
    ratio: ratioOf(signingIn, idle),
    sign_ins: done,
    sign_ins_per_second: Math.round((10_000 * done) / busyMs) / 10,
  };
}

/** Reads at even intervals, one after the other; what comes late because of the one before is late. */
async function paced(client: Client, calls: number, everyMs: number): Promise<number[]> {
  const times: number[] = [];
  const start = performance.now();
  for (let call = 0; call < calls; call++) {
    const due = start + call * everyMs;
    await sleep(Math.max(0, due - performance.now()));
    // A timer is late by up to a millisecond, which is not the server's.
    const asked = Math.max(due, performance.now() - 1);
    await client.read();
    times.push(performance.now() - asked);
  }
  return times;
}

async function everySecond(times: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  const running: Promise<void>[] = [];
  const start = performance.now();
  for (let count = 0; !signal.aborted; count++) {
    running.push(work());
    await sleep(Math.max(0, start + ((count + 1) * 1_000) / times - performance.now()));
  }
  await Promise.all(running);
}
