import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, librarySettings } from "../support/library.ts";
import { openServedLibrary, PROGRAM } from "../support/sessions.ts";

let served: Awaited<ReturnType<typeof openServedLibrary>>;
/** Where the library is: for another process. */
let settings: Record<string, string>;
beforeAll(async () => {
  served = await openServedLibrary();
  settings = await librarySettings(served.dataDir);
});
afterAll(() => served.close());

/** Their log is more than any system keeps for a reader that does not come. */
const CALLS = 2_000;

function start(): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [PROGRAM, "stdio"], {
    env: {
      PROMPTFORGE_DATA_DIR: served.dataDir,
      ...settings,
      PROMPTFORGE_TOKEN: served.key,
      PROMPTFORGE_LOG_LEVEL: "trace",
      PROMPTFORGE_INDEXER: "false",
    },
  });
}

const INITIALIZE = {
  jsonrpc: "2.0",
  id: "initialize",
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } },
};

const whoami = (id: number) => ({ jsonrpc: "2.0", id, method: "tools/call", params: { name: "whoami" } });

/** Sends all and gives as many answers as there were questions. */
async function ask(child: ChildProcessWithoutNullStreams, messages: readonly object[]): Promise<Answer[]> {
  child.stdin.write(messages.map((message) => `${JSON.stringify(message)}\n`).join(""));
  const answers: Answer[] = [];
  for await (const line of createInterface(child.stdout)) {
    answers.push(JSON.parse(line));
    if (answers.length === messages.length) break;
  }
  return answers;
}

describe("a client that never reads its server's standard error", () => {
  it("has every call answered, however much is logged, and the server ends when it is told to", async () => {
    const child = start();
    const exited = once(child, "exit");
    try {
      const calls = Array.from({ length: CALLS }, (_, id) => whoami(id));
      const [first, ...answers] = await ask(child, [INITIALIZE, ...calls]);
      expect(first.result.serverInfo.name).toBe("promptforge");
      expect(new Set(answers.map(({ id }) => id)).size).toBe(CALLS);
      expect(answers.every(({ result }) => result.structuredContent.username === "ada")).toBe(true);

      child.stdin.end();
      child.stdout.resume();
      expect((await exited)[0]).toBe(0);
    } finally {
      child.kill("SIGKILL");
      child.stderr.destroy();
    }
  });
});

describe("a client that reads its server's standard error late", () => {
  it("finds whole lines, each a JSON object", async () => {
    const child = start();
    const exited = once(child, "exit");
    await ask(child, [INITIALIZE, ...Array.from({ length: 200 }, (_, id) => whoami(id))]);
    let text = "";
    child.stderr.on("data", (chunk: Buffer) => {
      text += chunk;
    });
    const ended = once(child.stderr, "end");
    child.stdin.end();
    child.stdout.resume();
    await Promise.all([exited, ended]);
    const lines = text.trimEnd().split("\n");
    expect(lines.filter((line) => JSON.parse(line).operation === "whoami")).toHaveLength(200);
  });
});

describe("a server whose standard error is closed", () => {
  it("goes on answering", async () => {
    const child = start();
    child.stderr.destroy();
    const exited = once(child, "exit");
    const answers = await ask(child, [INITIALIZE, ...Array.from({ length: 50 }, (_, id) => whoami(id))]);
    expect(answers).toHaveLength(51);
    child.stdin.end();
    child.stdout.resume();
    expect((await exited)[0]).toBe(0);
  });
});
