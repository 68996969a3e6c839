import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { localCall } from "../../src/domain/identity.ts";
import { librarySettings, PASSWORD } from "../support/library.ts";
import { openServedLibrary, PROGRAM } from "../support/sessions.ts";

let served: Awaited<ReturnType<typeof openServedLibrary>>;
/** Where the library is: for another process. */
let settings: Record<string, string>;
beforeAll(async () => {
  served = await openServedLibrary();
  settings = await librarySettings(served.dataDir);
});
afterAll(() => served.close());

function start(token: string, environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [PROGRAM, "stdio"], {
    env: {
      PROMPTFORGE_DATA_DIR: served.dataDir,
      ...settings,
      PROMPTFORGE_TOKEN: token,
      PROMPTFORGE_LOG_LEVEL: "trace",
      ...environment,
    },
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk;
  });
  return { child, exited: once(child, "exit"), stderr: () => stderr };
}

const INITIALIZE = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "raw", version: "1" } },
};

describe("promptforge stdio", () => {
  it("writes nothing but JSON-RPC to standard output, whatever comes in and however much it logs", async () => {
    const { child, exited } = start(served.key);
    const lines: string[] = [];
    const output = createInterface(child.stdout);
    output.on("line", (line) => lines.push(line));
    const sent = [
      JSON.stringify(INITIALIZE),
      JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" }),
      "this is not JSON",
      '{"jsonrpc":"2.0"',
      JSON.stringify({ jsonrpc: "2.0", id: 2, method: "no/such/method" }),
      JSON.stringify({
        jsonrpc: "2.0",
        id: 3,
        method: "tools/call",
        params: { name: "search_prompts", arguments: { query: "x" } },
      }),
      JSON.stringify({ jsonrpc: "2.0", id: 4, method: "tools/call", params: { name: "no_such_tool" } }),
    ];
    child.stdin.write(`${sent.join("\n")}\n`);
    const answered = () => lines.flatMap((line) => JSON.parse(line).id ?? []).sort();
    while (answered().length < 4) await once(output, "line");
    child.stdin.end();
    await exited;
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ jsonrpc: "2.0" });
    expect(answered()).toEqual([1, 2, 3, 4]);
    expect(JSON.parse(lines.find((line) => JSON.parse(line).id === 2)!).error.code).toBe(-32601);
  });

  it("ends by itself when its client closes standard input", async () => {
    const { child, exited } = start(served.key);
    child.stdin.write(`${JSON.stringify(INITIALIZE)}\n`);
    await once(child.stdout, "data");
    child.stdin.end();
    expect((await exited)[0]).toBe(0);
  });

  it.each([
    ["a made-up key", "pf_nonsense"],
    ["a made-up token", "nonsense"],
  ])("refuses %s at the start, on standard error, with exit code 3", async (_what, token) => {
    const { exited, stderr, child } = start(token);
    let stdout = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk;
    });
    expect((await exited)[0]).toBe(3);
    expect(stderr()).toContain("not valid");
    expect(stdout).toBe("");
  });

  it("takes an access token as well as a key", async () => {
    const { token } = await served.app.services.authentication.signIn(
      { username: "ada", password: PASSWORD, withRefreshToken: false },
      localCall("login"),
    );
    const { child, exited } = start(token);
    child.stdin.write(`${JSON.stringify(INITIALIZE)}\n`);
    await once(child.stdout, "data");
    child.stdin.end();
    expect((await exited)[0]).toBe(0);
  });

  it("stops serving as soon as its key is revoked", async () => {
    const { secret, id } = await served.member.call("create_api_key", { name: "short-lived" });
    const { child, exited } = start(secret);
    const answers = createInterface(child.stdout)[Symbol.asyncIterator]();
    const ask = async (message: object) => {
      child.stdin.write(`${JSON.stringify(message)}\n`);
      return JSON.parse(String((await answers.next()).value));
    };
    await ask(INITIALIZE);
    const whoami = { jsonrpc: "2.0", id: 2, method: "tools/call", params: { name: "whoami" } };
    expect((await ask(whoami)).result.structuredContent).toMatchObject({ username: "ada" });
    await served.member.call("revoke_api_key", { id });
    expect((await ask({ ...whoami, id: 3 })).result).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining("unauthenticated") }],
    });
    child.stdin.end();
    await exited;
  });
});
