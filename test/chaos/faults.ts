import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { eventually } from "../support/eventually.ts";
import type { FaultWindows } from "./fault-windows.ts";
import type { Fleet } from "./fleet.ts";

/** So long something stays away. */
const AWAY_MS = 2_000;
const OPEN_DATABASE = new URL("../storage/programs/open-postgres.ts", import.meta.url).pathname;

/** Breaks one thing, and resolves when all is as before. */
export type Fault = () => Promise<void>;

/** By their names, in the order in which they are made. */
export function faultsOf(fleet: Fleet, windows: FaultWindows): ReadonlyMap<string, Fault> {
  const { postgres, qdrant, replicas } = fleet;
  let round = 0;

  async function within(killed: number | undefined, work: () => Promise<void>): Promise<void> {
    const close = windows.open(killed);
    await work();
    await eventually(() => fleet.ready());
    close();
  }

  return new Map<string, Fault>([
    [
      "a replica killed",
      async () => {
        const replica = replicas[round++ % replicas.length]!;
        await within(replica.number, async () => {
          await replica.kill();
          await sleep(AWAY_MS);
          await replica.restart();
        });
      },
    ],
    [
      "PostgreSQL restarted",
      () =>
        within(undefined, async () => {
          await postgres.kill();
          await sleep(AWAY_MS);
          await fleet.restartPostgres();
        }),
    ],
    [
      "a Qdrant node killed",
      async () => {
        const node = qdrant.nodes[round % qdrant.nodes.length]!;
        await within(undefined, async () => {
          await node.kill();
          await sleep(AWAY_MS);
          await node.restart();
          await eventually(() => fleet.indexIsWhole());
        });
      },
    ],
    // It is no fault for those who work on another database: no window is opened.
    ["the leader of a migration killed", () => killMigrationLeader(fleet)],
  ]);
}

/** Kills who migrates an empty database in the middle; two others start on it, and both can use it. */
async function killMigrationLeader({ postgres }: Fleet): Promise<void> {
  const { url, ownerUrl, name } = await postgres.createDatabase();
  const start = () => spawn(process.execPath, [OPEN_DATABASE, url, ownerUrl], { stdio: "ignore" });
  const blocker = new pg.Client({ connectionString: postgres.url(name) });
  await blocker.connect();
  try {
    // Held back in the middle, by a lock on what its last step needs.
    await blocker.query("begin; create table blocked (); lock table pg_policy in access exclusive mode");
    const leader = start();
    const ended = once(leader, "exit");
    await eventually(async () => {
      const { rows } = await blocker.query("select 1 from pg_locks where not granted");
      return rows.length > 0;
    });
    leader.kill("SIGKILL");
    await ended;
    await blocker.query("rollback");
  } finally {
    await blocker.end();
  }
  const codes = await Promise.all([start(), start()].map(async (child) => (await once(child, "exit"))[0]));
  if (codes.some((code) => code !== 0))
    throw new Error(`Those who came after ended with ${codes.join(", ")}`);
}
