import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { keptKeys } from "../support/kept-keys.ts";
import { openLibrary, PASSWORD } from "../support/library.ts";
import { type RunningProgram, serveProgram } from "../support/programs.ts";
import { rawDatabase } from "../support/raw-database.ts";
import { type Reply, type RestCall, restClient } from "../support/rest.ts";

const CANARY = "CANARY7f3a91";
const JSON_TYPE = { "Content-Type": "application/json" };
const MCP = { ...JSON_TYPE, Accept: "application/json, text/event-stream" };

describe("the logger", () => {
  it("leaves secrets out by their names, however deep, and keeps the rest", async () => {
    const program = join(import.meta.dirname, "programs/log-secrets.ts");
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, CANARY]);
    expect(stdout).toBe("");
    expect(stderr).not.toContain(CANARY);
    const lines = stderr
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(11);
    const cause = lines.find(({ msg }) => msg === "a cause").err.cause;
    expect(cause.message).toBe("Failed query: insert into users values (?)");
    expect(cause.stack).toContain("log-secrets.ts");
    expect(lines.at(-1)).toMatchObject({
      at: "1970-01-01T00:00:00.000Z",
      name: "kept",
      nested: { count: 1, list: ["kept", null, true] },
    });
  });
});

describe("a server that logs all it can", () => {
  let dataDir: string;
  let program: RunningProgram;
  let close: () => Promise<void>;
  let stdout = "";

  beforeAll(async () => {
    const library = await openLibrary();
    dataDir = library.dataDir;
    close = () => library.close();
    await library.found("ada");
    program = await serveProgram(dataDir, { PROMPTFORGE_LOG_LEVEL: "trace", PROMPTFORGE_INDEXER: "false" });
    program.child.stdout?.on("data", (chunk: Buffer) => {
      stdout += chunk;
    });
  });
  afterAll(async () => {
    await program.kill();
    await close();
  });

  const send = (method: string, path: string, call?: RestCall, credential?: string): Promise<Reply> =>
    restClient(program.url, credential)(method, path, call);

  /** Everything in the program's log, once it has said a word that comes after all before it. */
  async function log(): Promise<string> {
    const last = `last-${Math.random()}`.replace(".", "-");
    await send("GET", "/v1/whoami", { headers: { "X-Request-Id": last } });
    await eventually(() => program.stderr().includes(last));
    return program.stderr();
  }

  it("repeats no secret that it is sent, in its log, its output or an error", async () => {
    const login = (body: unknown) => send("POST", "/v1/auth/login", { json: body });
    const mcp = (message: unknown, headers = {}) =>
      send("POST", "/mcp", {
        headers: { ...MCP, ...headers },
        body: typeof message === "string" ? message : JSON.stringify(message),
      });
    const { body: member } = await login({ username: "ada", password: PASSWORD });
    const asMember = { Authorization: `Bearer ${member.access_token}` };
    const rpc = { jsonrpc: "2.0", id: 1 };
    const replies = await Promise.all([
      login({ username: "ada", password: CANARY }),
      login({ username: "nobody", password: CANARY }),
      login({ username: "ada", password: { deep: [CANARY] } }),
      login({ username: "ada", password: CANARY.repeat(200) }),
      send("POST", "/auth/login", { headers: JSON_TYPE, body: `{"username":"ada","password":"${CANARY}` }),
      send("POST", "/v1/auth/register", { json: { username: "eve", password: CANARY.slice(0, 6) } }),
      send("POST", "/v1/auth/register", { json: { username: "ada", password: `${CANARY} ${CANARY}` } }),
      send("GET", `/v1/whoami?token=${CANARY}`),
      send("GET", `/v1/whoami?access_token=${CANARY}`),
      send("GET", "/v1/whoami", { headers: { Authorization: `Bearer ${CANARY}` } }),
      send("GET", "/v1/whoami", { headers: { Authorization: `Bearer pf_${CANARY}` } }),
      send("GET", "/v1/whoami", { headers: { Authorization: `Basic ${btoa(`ada:${CANARY}`)}` } }),
      send("GET", "/v1/whoami", { headers: { Cookie: `session=${CANARY}`, "X-Api-Key": CANARY } }),
      mcp({ ...rpc, method: "tools/list" }, { Authorization: `Bearer ${CANARY}` }),
      mcp(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"token":"${CANARY}"`, asMember),
      mcp(
        { ...rpc, method: "tools/call", params: { name: "whoami", arguments: { password: CANARY } } },
        { ...asMember, Cookie: CANARY },
      ),
      mcp({ ...rpc, id: { token: CANARY }, method: "tools/call", params: { token: CANARY } }, asMember),
    ]);
    for (const { text } of replies) expect(text).not.toContain(CANARY);

    const text = await log();
    expect(text).toContain('"operation":"login"');
    expect(text).not.toContain(CANARY);
    expect(text).not.toContain(btoa(`ada:${CANARY}`));
    expect(text).not.toContain(PASSWORD);
    expect(text).not.toContain(member.access_token.split(".")[2]);
    expect(stdout).not.toContain(CANARY);
  });

  it("repeats no secret that it keeps, though the database fails in the middle of keeping it", async () => {
    const { body: member } = await send("POST", "/v1/auth/login", {
      json: { username: "ada", password: PASSWORD },
    });
    const made = await send("POST", "/v1/api-keys", { json: { name: "made" } }, member.access_token);
    const database = await rawDatabase({ dataDir });
    for (const table of ["api_keys", "users", "versions"]) await database.closeToInserts(table);
    await database.close();
    const credential = member.access_token;
    const replies = [
      await send("POST", "/v1/api-keys", { json: { name: CANARY } }, credential),
      await send("POST", "/v1/prompts", { json: { content: CANARY } }, credential),
      await send("POST", "/v1/auth/register", { json: { username: "eve", password: `${CANARY} ${CANARY}` } }),
    ];
    for (const { status, text } of replies) {
      expect(status).toBe(500);
      expect(text).not.toContain(CANARY);
    }
    const text = await log();
    expect(text).toContain("operation failed");
    expect(text).toContain("closed");
    for (const secret of [CANARY, "$argon2id$", made.body.secret, PASSWORD])
      expect(text).not.toContain(secret);
  });

  it("signs with keys of which its log has nothing", async () => {
    const { keys } = await keptKeys(dataDir);
    for (const { d } of keys) expect(await log()).not.toContain(d);
  });
});
