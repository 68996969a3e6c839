/**
 * Measures what the simulation of scale starts from, on this machine: the server's processor time for a call (which a busy machine disturbs
 * less than times) and the bytes of a prompt. It asserts nothing. docs/scaling.md says where the figures go.
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { foundedFolder } from "../../test/cli/processes.ts";
import { type RunningProgram, serveProgram } from "../../test/support/programs.ts";
import { observeMachine } from "../search/machine.ts";
import { openPromptSource } from "../search/prompt-source.ts";
import { seededRandom } from "../search/random.ts";

const PROMPTS = 500;
const CALLS = 3_000;
const SEARCHES = 300;
const AT_ONCE = 8;
const NO_LIMITS = {
  PROMPTFORGE_LIMIT_READS: "0",
  PROMPTFORGE_LIMIT_WRITES: "0",
  PROMPTFORGE_LIMIT_SEARCH: "0",
};

const machine = observeMachine();
const source = await openPromptSource(undefined, seededRandom(1));
const folder = await foundedFolder();
const { token } = JSON.parse(readFileSync(join(folder.dataDir, "credentials.json"), "utf8"));
const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
try {
  const before = sizeOf(folder.dataDir);
  const texts = Array.from({ length: PROMPTS }, () => source.next());
  // Stored only: what embeds them comes after.
  const [create, read] = await served({ PROMPTFORGE_INDEXER: "false" }, async (call, costOf) => {
    const post = (at: number) => call("/v1/prompts", { name: `p/n${at}`, ...texts[at] });
    const get = (at: number) => call(`/v1/prompts/${encodeURIComponent(`p/n${at % PROMPTS}`)}`);
    return [await costOf(PROMPTS, post), await costOf(CALLS, get)];
  });
  const bytes = Math.round((sizeOf(folder.dataDir) - before) / PROMPTS);
  const [index, search] = await served({}, async (call, costOf, cpu) => {
    const began = cpu();
    while ((await call("/v1/search", { query: "anything" })).pending > 0) await sleep(250);
    const indexing = (cpu() - began) / PROMPTS;
    const ask = (at: number) =>
      call("/v1/search", { query: `${source.topics[at % source.topics.length]} ${at}` });
    return [Number(indexing.toFixed(2)), await costOf(SEARCHES, ask)];
  });
  const letters = texts.reduce((sum, { content }) => sum + content.length, 0);
  const report = {
    cpu_ms: { read, create, index, search },
    letters_a_prompt: Math.round(letters / PROMPTS),
    row_bytes_a_prompt: bytes,
    machine: machine(),
  };
  console.log(JSON.stringify(report, undefined, 2));
} finally {
  await folder.remove();
}

type Call = (path: string, body?: object) => Promise<{ pending: number }>;
type CostOf = (count: number, one: (at: number) => Promise<unknown>) => Promise<number>;

/** A server of its own for some work, ended in peace, so that everything is in the database's one file. */
async function served<T>(
  settings: Record<string, string>,
  work: (call: Call, costOf: CostOf, cpu: () => number) => Promise<T>,
): Promise<T> {
  const server = await serveProgram(folder.dataDir, { ...NO_LIMITS, ...settings });
  const cpu = () => cpuMs(server);
  const call: Call = async (path, body) => {
    const request =
      body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
    const response = await fetch(`${server.url}${path}`, request);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as { pending: number };
  };
  const costOf: CostOf = async (count, one) => {
    const began = cpu();
    let next = 0;
    const worker = async () => {
      while (next < count) await one(next++);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return Number(((cpu() - began) / count).toFixed(2));
  };
  try {
    return await work(call, costOf, cpu);
  } finally {
    await server.stop();
  }
}

/** In user and system mode, of all its threads; Linux counts in hundredths of a second. */
function cpuMs({ child }: RunningProgram): number {
  const [, rest = ""] = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ");
  const [user = 0, system = 0] = rest.split(" ").slice(11, 13).map(Number);
  return (user + system) * 10;
}

function sizeOf(dataDir: string): number {
  return statSync(join(dataDir, "promptforge.db")).size;
}
