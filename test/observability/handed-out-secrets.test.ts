import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Browser } from "../support/browser.ts";
import { eventually } from "../support/eventually.ts";
import { type Library, openLibrary, PASSWORD } from "../support/library.ts";
import { oauthScript } from "../support/oauth-script.ts";
import { type RunningProgram, serveProgram } from "../support/programs.ts";
import { rawDatabase } from "../support/raw-database.ts";
import { type Reply, type RestCall, restClient } from "../support/rest.ts";
import { inPostgres } from "../support/with-sqlite.ts";

let library: Library;
let program: RunningProgram;
let url: string;
/** What was handed out, and may be nowhere but in the answer that handed it out. */
const secrets = new Map<string, string>();
/** What was answered to those who used a secret wrongly. */
const refusals: string[] = [];

beforeAll(async () => {
  library = await openLibrary();
  await library.found("ada");
  program = await serveProgram(library.dataDir, {
    PROMPTFORGE_LOG_LEVEL: "trace",
    PROMPTFORGE_INDEXER: "false",
  });
  url = program.url;
  await useEverySecret();
});
afterAll(async () => {
  await program.kill();
  await library.close();
});

describe("what a server hands out as a secret", () => {
  it("is a secret of each kind that there is", () => {
    expect([...secrets.keys()]).toEqual([
      "access token",
      "refresh token",
      "next refresh token",
      "API key",
      "rotated API key",
      "invitation code",
      "webhook secret",
      "rotated webhook secret",
      "pf_sign_in",
      "pf_sign_in.sig",
      "pf_session",
      "pf_session.sig",
      "authorization code",
      "client's access token",
      "client's refresh token",
    ]);
    for (const [kind, secret] of secrets) expect(secret.length, kind).toBeGreaterThan(20);
  });

  it("is not in the log, at its most talkative", async () => {
    const log = await wholeLog();
    expect(log).toContain('"operation":"rotate_api_key"');
    for (const [kind, secret] of secrets) expect(log.includes(secret), kind).toBe(false);
    expect(log).not.toContain(PASSWORD);
  });

  it("is not in the audit", async () => {
    const { body } = await send("GET", "/v1/audit?limit=500", {}, await signIn());
    const operations = body.items.map(({ operation }: { operation: string }) => operation);
    expect(operations).toEqual(expect.arrayContaining(["create_api_key", "create_invitation", "login"]));
    const audit = JSON.stringify(body);
    for (const [kind, secret] of secrets) expect(audit.includes(secret), kind).toBe(false);
  });

  it("is in no refusal of its own use", () => {
    expect(refusals.length).toBeGreaterThan(4);
    for (const [kind, secret] of secrets) {
      for (const text of refusals) expect(text.includes(secret), `${kind} in ${text}`).toBe(false);
    }
  });

  it("is in no file and no row of the library, which has at most what is of no use by itself", async () => {
    // A sign-in under way lies under its cookie's value, which opens nothing without its signature.
    const kept = [...secrets].filter(([kind]) => kind !== "pf_sign_in");
    const files = (await readdir(library.dataDir, { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
    if (!inPostgres) expect(files.length).toBeGreaterThan(1);
    for (const file of files) {
      const bytes = await readFile(file);
      for (const [kind, secret] of kept) expect(bytes.includes(secret), `${kind} in ${file}`).toBe(false);
    }
    const database = await rawDatabase(library);
    const tables = await database.tables();
    expect(tables).toContain("api_keys");
    for (const table of tables) {
      const rows = (await database.rows(table)).flatMap(Object.values).map(textOf).join("\n");
      for (const [kind, secret] of kept) expect(rows.includes(secret), `${kind} in ${table}`).toBe(false);
    }
    await database.close();
  });
});

const textOf = (value: unknown) =>
  value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : JSON.stringify(value);

async function useEverySecret(): Promise<void> {
  const { body: member } = await login();
  secrets.set("access token", member.access_token).set("refresh token", member.refresh_token);
  const next = await send("POST", "/v1/auth/refresh", { json: { refresh_token: member.refresh_token } });
  secrets.set("next refresh token", next.body.refresh_token);
  await refused("POST", "/v1/auth/refresh", { json: { refresh_token: member.refresh_token } });
  await refused("GET", `/v1/whoami?access_token=${member.access_token}`);

  const credential = await signIn();
  const key = (await send("POST", "/v1/api-keys", { json: { name: "one" } }, credential)).body;
  const rotated = (await send("POST", `/v1/api-keys/${key.id}/rotate`, { json: {} }, credential)).body;
  secrets.set("API key", key.secret).set("rotated API key", rotated.secret);
  await send("GET", "/v1/whoami", {}, rotated.secret);
  await send("DELETE", `/v1/api-keys/${key.id}`, {}, credential);
  await refused("GET", "/v1/whoami", {}, key.secret);

  const invitation = await send("POST", "/v1/invitations", { json: { role: "viewer" } }, credential);
  secrets.set("invitation code", invitation.body.code);
  const eve = { username: "eve", password: `${PASSWORD} too`, invitation: invitation.body.code };
  await send("POST", "/v1/auth/register", { json: eve });
  await refused("POST", "/v1/auth/login", { json: { ...eve, username: "ada", password: PASSWORD } });

  const hook = { url: "https://93.184.216.34/hook", events: ["label.removed"] };
  const webhook = (await send("POST", "/v1/webhooks", { json: hook }, credential)).body;
  const renewed = await send("POST", `/v1/webhooks/${webhook.id}/rotate`, { json: {} }, credential);
  secrets.set("webhook secret", webhook.secret).set("rotated webhook secret", renewed.body.secret);

  await useOAuth();
}

async function useOAuth(): Promise<void> {
  const script = oauthScript({ url, stranger: restClient(url) });
  const browser = new Browser(url);
  const clientId = await script.client();
  await browser.open(script.authorization(clientId));
  await browser.press("Sign in", { username: "ada", password: PASSWORD });
  for (const name of ["pf_sign_in", "pf_sign_in.sig", "pf_session", "pf_session.sig"]) {
    secrets.set(name, browser.cookies.find((cookie) => cookie.name === name)!.value);
  }
  const callback = (await browser.press("Allow"))!;
  const code = { clientId, code: callback.searchParams.get("code")!, callback };
  secrets.set("authorization code", code.code);
  const { body: tokens } = await script.redeem(code);
  secrets
    .set("client's access token", tokens.access_token)
    .set("client's refresh token", tokens.refresh_token);
  await script.mcpStatus(tokens.access_token);
  refusals.push(JSON.stringify((await script.redeem(code)).body));
  refusals.push(JSON.stringify((await script.refresh(tokens.refresh_token)).body));
}

function send(method: string, path: string, call?: RestCall, credential?: string): Promise<Reply> {
  return restClient(url, credential)(method, path, call);
}

/** As `send`, for what is answered with a refusal. */
async function refused(...request: Parameters<typeof send>): Promise<void> {
  const { status, text } = await send(...request);
  expect(status, `${request[0]} ${request[1]}: ${text}`).toBeGreaterThanOrEqual(400);
  refusals.push(text);
}

function login(): Promise<Reply> {
  return send("POST", "/v1/auth/login", { json: { username: "ada", password: PASSWORD } });
}

/** A session of its own: whoever uses a refresh token twice loses theirs. */
async function signIn(): Promise<string> {
  return (await login()).body.access_token;
}

/** Once it has said a word that comes after all before it. */
async function wholeLog(): Promise<string> {
  const last = `last-${Date.now()}`;
  await send("GET", "/v1/whoami", { headers: { "X-Request-Id": last } });
  await eventually(() => program.stderr().includes(last));
  return program.stderr();
}
