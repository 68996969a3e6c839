import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as StdioClientTransportV1 } from "@modelcontextprotocol/sdk/client/stdio.js";
import { ResourceUpdatedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { decodeProtectedHeader } from "jose";
import pg from "pg";
import { expect, it } from "vitest";
import { runHere } from "../cli/processes.ts";
import { eventually } from "../support/eventually.ts";
import { PASSWORD } from "../support/library.ts";
import { asSuperuser } from "../support/postgres.ts";
import { restClient } from "../support/rest.ts";
import { PROGRAM } from "../support/sessions.ts";
import { describeWithPostgres } from "../support/with-postgres.ts";
import { sharedLibrary } from "./replicas.ts";

async function signIn(url: string, username: string): Promise<string> {
  const { body } = await restClient(url)("POST", "/v1/auth/login", {
    json: { username, password: PASSWORD },
  });
  return body.access_token;
}

/** Two servers on one library, and its admin. */
async function twoServers(environment: Record<string, string> = {}) {
  const library = await sharedLibrary();
  const here = await library.open();
  const ada = await here.found("ada");
  const key = await ada.key();
  const [a, b] = await Promise.all([library.serve(environment), library.serve(environment)]);
  return { library, here, ada, key, a, b };
}

describeWithPostgres("servers on one database", () => {
  it("take each other's tokens, also those of a key that was rotated at neither of them", async () => {
    const { library, a, b, here } = await twoServers();
    const before = await signIn(a.url, "ada");
    expect((await restClient(b.url, before)("GET", "/v1/whoami")).status).toBe(200);

    const env = { ...library.environment, PROMPTFORGE_DATA_DIR: here.dataDir };
    const rotated = await runHere(["keys", "rotate", "--now", "--json"], { env });
    expect(rotated.stderr + rotated.code).toContain("0");
    const tokens = await Promise.all(
      [a, b].map(async ({ url }) => {
        let token = before;
        await eventually(async () => {
          token = await signIn(url, "ada");
          return decodeProtectedHeader(token).kid !== decodeProtectedHeader(before).kid;
        });
        return token;
      }),
    );
    const [ofA = "", ofB = ""] = tokens;
    expect(decodeProtectedHeader(ofA).kid).toBe(decodeProtectedHeader(ofB).kid);
    for (const [token, url] of [
      [ofA, b.url],
      [ofB, a.url],
      [before, b.url],
    ] as const) {
      expect((await restClient(url, token)("GET", "/v1/whoami")).status).toBe(200);
    }
  });

  it("refuse by their next call a key that was revoked, a role that was taken and a member who was removed at the other", async () => {
    const { here, ada, a, b, key } = await twoServers();
    const bob = await here.join(ada, "bob", "developer");
    const bobsKey = await bob.key();
    const { id, secret: spare } = await bob.call("create_api_key", { name: "spare" });
    const write = (url: string, credential: string, name: string) =>
      restClient(url, credential)("POST", "/v1/prompts", { json: { name, content: "x" } });
    const admin = restClient(a.url, key);
    expect((await write(b.url, bobsKey, "first")).status).toBe(201);
    expect((await write(b.url, spare, "second")).status).toBe(201);

    expect((await admin("DELETE", `/v1/tenant/api-keys/${id}`)).status).toBe(200);
    expect((await write(b.url, spare, "third")).status).toBe(401);

    const demoted = await admin("PATCH", "/v1/members/bob", { json: { role: "viewer" } });
    expect(demoted.status).toBe(200);
    expect((await write(b.url, bobsKey, "fourth")).status).toBe(403);

    expect((await admin("DELETE", "/v1/members/bob")).status).toBe(200);
    expect((await restClient(b.url, bobsKey)("GET", "/v1/prompts")).status).toBe(401);
  });

  it("count calls together where limits are shared", async () => {
    const { a, b, key } = await twoServers({
      PROMPTFORGE_LIMITS_STORE: "shared",
      PROMPTFORGE_LIMIT_WRITES: "10",
      PROMPTFORGE_LIMIT_BURST_SECONDS: "0",
    });
    const statuses: number[] = [];
    for (let n = 0; n < 12; n++) {
      const { url } = n % 2 === 0 ? a : b;
      const reply = await restClient(url, key)("POST", "/v1/prompts", { json: { content: `x ${n}` } });
      statuses.push(reply.status);
    }
    expect(statuses).toEqual([...Array(10).fill(201), 429, 429]);
  });

  it("tell subscribers of what happened at the other, also when they could not listen meanwhile", async () => {
    const { library, a, b, key } = await twoServers();
    const heard: string[] = [];
    const client = new Client(
      { name: "test", version: "1" },
      { versionNegotiation: { mode: { pin: "2026-07-28" } } },
    );
    client.setNotificationHandler("notifications/resources/updated", ({ params }) => {
      heard.push(params.uri);
    });
    const at = restClient(b.url, key);
    for (const name of ["one", "two"]) await at("POST", "/v1/prompts", { json: { name, content: "1" } });
    const requestInit = { headers: { Authorization: `Bearer ${key}` } };
    await client.connect(new StreamableHTTPClientTransport(new URL(`${a.url}/mcp`), { requestInit }));
    await client.listen({ resourceSubscriptions: ["prompt://one", "prompt://two"] });
    await at("PATCH", "/v1/prompts/one", { json: { content: "2" } });
    await eventually(() => heard.includes("prompt://one"));

    await asSuperuser(library.superuserUrl, [
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'promptforge events'",
    ]);
    await at("PATCH", "/v1/prompts/two", { json: { content: "2" } });
    await eventually(() => heard.includes("prompt://two"));
    expect(heard).toEqual(["prompt://one", "prompt://two"]);
    await client.close();
  });

  it("tell a subscriber of the 2025 era, on a process of its own, of what happened at a server", async () => {
    const { library, here, a, key } = await twoServers();
    const heard: string[] = [];
    const client = new ClientV1({ name: "test", version: "1" });
    client.setNotificationHandler(
      ResourceUpdatedNotificationSchema,
      ({ params }) => void heard.push(params.uri),
    );
    const at = restClient(a.url, key);
    await at("POST", "/v1/prompts", { json: { name: "one", content: "1" } });
    const env = { ...library.environment, PROMPTFORGE_DATA_DIR: here.dataDir, PROMPTFORGE_TOKEN: key };
    await client.connect(
      new StdioClientTransportV1({ command: process.execPath, args: [PROGRAM, "stdio"], env }),
    );
    try {
      await client.subscribeResource({ uri: "prompt://one" });
      await at("PATCH", "/v1/prompts/one", { json: { content: "2" } });
      await eventually(() => heard.length > 0);
      expect(heard).toEqual(["prompt://one"]);
    } finally {
      await client.close();
    }
  });

  it("end within ten seconds, also while the database does not answer", async () => {
    const { library, a, b, key } = await twoServers();
    const database = new pg.Client({ connectionString: library.superuserUrl });
    await database.connect();
    const { rows } = await database.query(
      "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
    );
    await database.end();
    try {
      for (const { pid } of rows) process.kill(pid, "SIGSTOP");
      const asked = restClient(a.url, key)("GET", "/v1/prompts").catch(() => undefined);
      await restClient(a.url)("GET", "/health/live");
      const told = performance.now();
      expect(await Promise.all([a.stop(), b.stop()])).toEqual([0, 0]);
      expect(performance.now() - told).toBeLessThan(10_000);
      await asked;
    } finally {
      for (const { pid } of rows) process.kill(pid, "SIGCONT");
    }
  });
});
