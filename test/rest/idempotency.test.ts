import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { catalogue } from "../../src/operations/index.ts";
import { PASSWORD } from "../support/library.ts";
import { rawDatabase } from "../support/raw-database.ts";
import { type Rest, restClient, type ServedLibrary, serveLibrary } from "../support/rest.ts";
import { CLIENTS } from "../support/sessions.ts";

const HOUR = 3_600_000;

let library: ServedLibrary;
let time: Date | undefined;
beforeAll(async () => {
  library = await serveLibrary({ now: () => time ?? new Date() });
});
afterAll(() => library.close());
afterEach(() => {
  time = undefined;
  vi.restoreAllMocks();
});

let people = 0;
async function somebody(): Promise<{ rest: Rest; key: string }> {
  const key = await (await library.found(`person${++people}`)).key();
  return { rest: restClient(library.url, key), key };
}

/** What is on the disk, or in the database: as whoever has a copy of it reads it. */
async function everythingKept(): Promise<string> {
  const files = readdirSync(library.dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"));
  const db = await rawDatabase(library);
  const rows = await Promise.all((await db.tables()).map((table) => db.rows(table)));
  await db.close();
  return [...files, JSON.stringify(rows)].join();
}

const create = (rest: Rest, key: string, content = "x") =>
  rest("POST", "/v1/prompts", { json: { content }, headers: { "Idempotency-Key": key } });
const countOf = async (rest: Rest) => (await rest("GET", "/v1/prompts")).body.items.length;

describe("a call with an Idempotency-Key", () => {
  it("is done once, and answered the same each time it is sent", async () => {
    const { rest } = await somebody();
    const first = await create(rest, "one");
    expect(first.status).toBe(201);
    const again = await create(rest, "one");
    expect([again.status, again.text, again.headers.get("Location"), again.headers.get("ETag")]).toEqual([
      201,
      first.text,
      first.headers.get("Location"),
      first.headers.get("ETag"),
    ]);
    expect(await countOf(rest)).toBe(1);
    expect((await create(rest, "two")).status).toBe(201);
    expect(await countOf(rest)).toBe(2);
  });

  it("is the same call in quotes and without, with its fields in any order, and over the original path another", async () => {
    const { rest } = await somebody();
    const send = (body: string, key: string, path = "/v1/prompts") =>
      rest("POST", path, { body, headers: { "Content-Type": "application/json", "Idempotency-Key": key } });
    const first = await send('{"content":"x","title":"T"}', '"a-key"');
    expect((await send('{ "title": "T", "content": "x" }', "a-key")).text).toBe(first.text);
    expect((await send('{"content":"x","title":"T"}', "a-key", "/prompts/create")).body.id).toBe(
      first.body.id,
    );
    expect(await countOf(rest)).toBe(1);
  });

  it("is refused with 422 when the key was another call's: another body, or another operation", async () => {
    const { rest } = await somebody();
    const { name } = (await create(rest, "one")).body;
    const headers = { "Idempotency-Key": "one" };
    for (const refused of [
      await create(rest, "one", "another"),
      await rest("PATCH", `/v1/prompts/${name}`, { json: { content: "x" }, headers }),
    ]) {
      expect([refused.status, refused.body.code]).toEqual([422, "key_reused"]);
    }
    expect(await countOf(rest)).toBe(1);
    expect((await rest("GET", `/v1/prompts/${name}`)).body.version).toBe(1);
  });

  it("of fifty at once is done once; the others get its answer, or 409 while it is under way", async () => {
    const { rest } = await somebody();
    const replies = await Promise.all(Array.from({ length: 50 }, () => create(rest, "one")));
    expect(await countOf(rest)).toBe(1);
    const made = replies.filter(({ status }) => status === 201);
    expect(made.length).toBeGreaterThan(0);
    expect(new Set(made.map(({ text }) => text)).size).toBe(1);
    for (const { status, body, headers } of replies.filter((reply) => reply.status !== 201)) {
      expect([status, body.code, body.details.reason]).toEqual([409, "conflict", "under_way"]);
      expect(headers.get("Retry-After")).toBe("1");
    }
    expect((await create(rest, "one")).text).toBe(made[0]?.text);
  });

  it("that failed may be sent again, and is then done", async () => {
    const { rest } = await somebody();
    const named = (name: string) =>
      rest("POST", "/v1/prompts", { json: { name, content: "x" }, headers: { "Idempotency-Key": "one" } });
    await rest("POST", "/v1/prompts", { json: { name: "taken", content: "y" } });
    expect((await named("taken")).body).toMatchObject({ code: "conflict" });
    expect((await create(rest, "one")).status).toBe(201);
    expect(await countOf(rest)).toBe(2);
  });

  it("is a call of its own for each person and each tenant", async () => {
    const [ada, bob] = [await somebody(), await somebody()];
    const first = await create(ada.rest, "one");
    const other = await create(bob.rest, "one", "another body");
    expect([other.status, other.body.content]).toEqual([201, "another body"]);
    expect((await create(ada.rest, "one")).text).toBe(first.text);
  });

  it("is a new call after 24 hours", async () => {
    const { rest } = await somebody();
    const first = await create(rest, "one");
    time = new Date(Date.now() + 24 * HOUR - 1000);
    expect((await create(rest, "one")).text).toBe(first.text);
    time = new Date(Date.now() + 24 * HOUR + 1000);
    expect((await create(rest, "one", "something else")).status).toBe(201);
    expect(await countOf(rest)).toBe(2);
  });

  it("keeps no secret: sent again it says what was made, and neither key nor secret is in the library", async () => {
    const { rest } = await somebody();
    const make = () =>
      rest("POST", "/v1/api-keys", { json: { name: "ci" }, headers: { "Idempotency-Key": "make-me-a-key" } });
    const made = await make();
    expect(made.status).toBe(201);
    const again = await make();
    expect([again.status, again.body.details]).toEqual([
      409,
      { reason: "done", target: expect.objectContaining({ kind: "api_key", id: made.body.id }) },
    ]);
    expect((await rest("GET", "/v1/api-keys")).body.items).toHaveLength(2);
    const db = await rawDatabase(library);
    const rows = JSON.stringify(await db.rows("once_calls"));
    await db.close();
    expect(rows).toContain('"state":"answered"');
    expect(rows).not.toMatch(/make-me-a-key|pf_/);
  });

  it("leaves nothing by which the password in it could be guessed: no plain hash of it is in the library", async () => {
    const username = `person${++people}`;
    await library.found(username);
    const stranger = restClient(library.url, "");
    const { access_token } = (
      await stranger("POST", "/v1/auth/login", { json: { username, password: PASSWORD } })
    ).body;
    const input = { current_password: PASSWORD, new_password: "quiet lighthouse keeper" };
    const changed = await restClient(library.url, access_token)("POST", "/v1/auth/password", {
      json: input,
      headers: { "Idempotency-Key": "change-it" },
    });
    expect(changed.status).toBe(200);
    const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
    const files = await everythingKept();
    expect(files).toContain(sha256("change-it"));
    for (const guess of [
      JSON.stringify(["change_password", input]),
      JSON.stringify(input),
      input.new_password,
    ]) {
      expect(files).not.toContain(sha256(guess));
    }
  });

  it.each([["a key with spaces"], ["x".repeat(256)], ['""']])(
    "is refused for what is no key: %j",
    async (key) => {
      const { rest } = await somebody();
      expect((await create(rest, key)).body).toMatchObject({ code: "invalid_input" });
    },
  );

  it("reads as ever: a key is of no effect where it makes no difference", async () => {
    const { rest } = await somebody();
    const headers = { "Idempotency-Key": "one" };
    expect((await rest("GET", "/v1/prompts", { headers })).body.items).toHaveLength(0);
    await create(rest, "one");
    expect((await rest("GET", "/v1/prompts", { headers })).body.items).toHaveLength(1);
  });

  it("is done once over MCP, too, with the key in _meta", async () => {
    const { key, rest } = await somebody();
    const client = await CLIENTS["HTTP, 2026-07-28"]({ ...library, key });
    const call = {
      name: "create_prompt",
      arguments: { content: "x" },
      _meta: { "promptforge/idempotency-key": "one" },
    };
    const first = await client.callTool(call);
    expect((await client.callTool(call)).structuredContent).toEqual(first.structuredContent);
    expect(await countOf(rest)).toBe(1);
    expect(await client.callTool({ ...call, arguments: { content: "y" } })).toMatchObject({
      isError: true,
      content: [{ text: expect.stringMatching(/^key_reused: /) }],
    });
    await client.close();
  });
});

describe("a call with an Idempotency-Key whose process dies", () => {
  it("before the change counts as under way for a minute, and is then done by whoever sends it again; should it live after all, it changes nothing", async () => {
    const { rest } = await somebody();
    const { prompts } = library.app.services;
    const { create: createPrompt } = prompts;
    const { promise: woken, resolve: wake } = Promise.withResolvers<void>();
    const hanging = vi.spyOn(prompts, "create").mockImplementationOnce(async (actor, input) => {
      await woken;
      return createPrompt(actor, input);
    });
    const lost = create(rest, "one");
    await vi.waitUntil(() => hanging.mock.calls.length === 1);
    expect((await create(rest, "one")).body.details).toMatchObject({ reason: "under_way" });
    time = new Date(Date.now() + 61_000);
    const done = await create(rest, "one");
    expect(done.status).toBe(201);
    wake();
    expect((await lost).body).toMatchObject({ code: "conflict", details: { reason: "under_way" } });
    expect(await countOf(rest)).toBe(1);
    expect((await create(rest, "one")).text).toBe(done.text);
  });

  it("between the change and its answer is not done again: it is told what was done", async () => {
    const { rest } = await somebody();
    vi.spyOn(library.app.services.similarity, "duplicatesOf").mockRejectedValueOnce(new Error("gone"));
    expect((await create(rest, "one")).status).toBe(500);
    time = new Date(Date.now() + 61_000);
    const again = await create(rest, "one");
    expect(again.status).toBe(409);
    expect(again.body.details).toMatchObject({ reason: "done", target: { kind: "prompt" } });
    expect(await countOf(rest)).toBe(1);
  });
});

describe("an operation whose answer holds a secret", () => {
  it("says so", () => {
    const SECRET = /^(secret|code|link|token|access_token|refresh_token|password)$/;
    for (const operation of catalogue) {
      const { permission, effects, output } = operation;
      if (permission === "public" || effects.readOnly) continue;
      const holds = Object.keys(output.shape).some((field) => SECRET.test(field));
      expect(operation.secretAnswer === true, operation.name).toBe(holds);
      if (holds) expect(operation.mcp, operation.name).toBe(false);
    }
  });
});
