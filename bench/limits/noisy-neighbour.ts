import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { openApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config/config.ts";
import { localCall } from "../../src/domain/identity.ts";
import { permissionsOf } from "../../src/domain/roles.ts";
import { serveProgram } from "../../test/support/programs.ts";
import { openClient } from "../auth/client.ts";
import { PASSWORD, PROMPT } from "../auth/world.ts";
import { ratioOf, type Summary, summaryOf } from "../search/summary.ts";

export interface Form {
  readonly blocks: number;
  readonly seconds: number;
}

export interface Neighbours {
  /** Calls a minute that each tenant is allowed; 0: no limit. */
  readonly limit: number;
  readonly alone: Summary;
  readonly beside: Summary;
  readonly ratio: { readonly p50: number; readonly p99: number };
  /** What the noisy tenant asked for, by the status of the answer. */
  readonly noisy: { readonly per_second: number; readonly answers: Readonly<Record<string, number>> };
}

/** Of each tenant, in calls a minute: 50 a second. */
export const LIMIT = 3_000;
const TIMES_ITS_QUOTA = 10;
const NOISY_PER_SECOND = (TIMES_ITS_QUOTA * LIMIT) / 60;
/** The quiet tenant stays within its own limit. */
const QUIET_EVERY_MS = 25;

/**
 * Times of a quiet tenant's get_prompt over REST, alone and while another tenant asks for ten times what it is allowed, in
 * turns, of a server in a process of its own. A time runs from when the read was due.
 */
export async function measureNeighbours(form: Form, limit: number): Promise<Neighbours> {
  const dataDir = await mkdtemp(join(tmpdir(), "promptforge-bench-limits-"));
  const settings = {
    PROMPTFORGE_PORT: "0",
    PROMPTFORGE_LOG_LEVEL: "silent",
    PROMPTFORGE_INDEXER: "false",
    PROMPTFORGE_EMBEDDER_WORKERS: "1",
    PROMPTFORGE_LIMIT_READS: String(limit),
  };
  const [quiet, noisy] = await foundTenants({ ...settings, PROMPTFORGE_DATA_DIR: dataDir });
  const program = await serveProgram(dataDir, settings);
  const client = openClient(program.url, quiet);
  const times = { alone: [] as number[], beside: [] as number[] };
  const answers: Record<string, number> = {};
  let noisySeconds = 0;
  const calls = (form.seconds * 1_000) / QUIET_EVERY_MS;
  try {
    await paced(client.read, calls / 4);
    for (let block = 0; block < form.blocks; block++) {
      times.alone.push(...(await paced(client.read, calls)));
      const flood = new Worker(new URL("./flood.ts", import.meta.url), {
        workerData: {
          url: `${program.url}/v1/prompts/${PROMPT}`,
          credential: noisy,
          perSecond: NOISY_PER_SECOND,
        },
      });
      await once(flood, "online");
      await sleep(1_000);
      times.beside.push(...(await paced(client.read, calls)));
      flood.postMessage("stop");
      const [said] = await once(flood, "message");
      noisySeconds += said.seconds;
      for (const [status, count] of Object.entries<number>(said.answers)) {
        answers[status] = (answers[status] ?? 0) + count;
      }
    }
  } finally {
    client.close();
    await program.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
  const [alone, beside] = [summaryOf(times.alone), summaryOf(times.beside)];
  const asked = Object.values(answers).reduce((sum, count) => sum + count, 0);
  return {
    limit,
    alone,
    beside,
    ratio: ratioOf(beside, alone),
    noisy: { per_second: Math.round(asked / noisySeconds), answers },
  };
}

/** Two tenants with a prompt each; gives a key of each. */
async function foundTenants(settings: Record<string, string>): Promise<[string, string]> {
  const app = await openApp(loadConfig(settings));
  const call = localCall("bench");
  const keyOf = async (username: string) => {
    const member = await app.services.registration.found({ username, password: PASSWORD }, call);
    const actor = {
      ...member,
      permissions: permissionsOf(member.role),
      credential: "access_token" as const,
      call,
    };
    await app.services.prompts.create(actor, {
      name: PROMPT,
      content: "Answer in three sentences.\n".repeat(20),
    });
    return (await app.services.apiKeys.create(actor, { name: "bench" })).secret;
  };
  try {
    return [await keyOf("quiet"), await keyOf("noisy")];
  } finally {
    await app.close();
  }
}

/** Reads at even intervals, one after the other; what comes late because of the one before is late. */
async function paced(read: () => Promise<void>, calls: number): Promise<number[]> {
  const times: number[] = [];
  const start = performance.now();
  for (let call = 0; call < calls; call++) {
    const due = start + call * QUIET_EVERY_MS;
    await sleep(Math.max(0, due - performance.now()));
    // A timer is late by up to a millisecond, which is not the server's.
    const asked = Math.max(due, performance.now() - 1);
    await read();
    times.push(performance.now() - asked);
  }
  return times;
}
