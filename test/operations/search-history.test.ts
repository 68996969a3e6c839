import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { type Answer, type Library, openLibrary, type TestMember } from "../support/library.ts";
import { restClient } from "../support/rest.ts";
import { CLIENTS, callTool, openServedLibrary } from "../support/sessions.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

let library: Library;
let ada: TestMember;
let bob: TestMember;
let time = Date.parse("2030-01-10T12:00:00Z");

beforeAll(async () => {
  library = await openLibrary({ now: () => new Date(time) });
  ada = await library.found("ada");
  bob = await library.join(ada, "bob", "viewer");
  for (const name of ["mail/reply", "mail/forward", "code/review"]) {
    await ada.call("create_prompt", {
      name,
      content: `${name} of {{something}}`,
      tags: [name.split("/")[0]],
    });
  }
});
afterAll(() => library.close());

beforeEach(async () => {
  for (const member of [ada, bob]) {
    await member.call("clear_search_history");
    await member.call("set_search_history", { enabled: true });
  }
});

/** Later than everything before. */
function pass(milliseconds = 1): void {
  time += milliseconds;
}

async function search(member: TestMember, query: string, filters: object = {}): Promise<Answer> {
  pass();
  return member.call("search_prompts", { query, ...filters });
}

async function searches(member: TestMember): Promise<Answer[]> {
  return (await member.call("get_search_history")).items;
}

async function openedAfter(member: TestMember): Promise<string[][]> {
  return (await searches(member)).map(({ opened }) => opened.map((prompt: Answer) => prompt.name));
}

describe("get_search_history", () => {
  it("tells what I searched, newest first: when, with which filters, how many hits and which first", async () => {
    const { items } = await search(ada, "mail reply", { tag: "mail", limit: 2 });
    const at = new Date(time).toISOString();
    await search(ada, "nothing", { folder: "empty" });
    expect(await ada.call("get_search_history")).toEqual({
      enabled: true,
      items: [
        expect.objectContaining({ query: "nothing", filters: { folder: "empty" }, hits: 0, top: [] }),
        {
          id: expect.any(String),
          query: "mail reply",
          filters: { tag: "mail" },
          at,
          hits: items.length,
          top: items.map(({ id, name }: Answer) => ({ id, name })),
          opened: [],
        },
      ],
      next_cursor: null,
    });
  });

  it("comes page by page, with a cursor that is of no use to anybody else", async () => {
    for (const query of ["one", "two", "three"]) await search(ada, query);
    const first = await ada.call("get_search_history", { limit: 2 });
    const cursor = first.next_cursor;
    const second = await ada.call("get_search_history", { limit: 2, cursor });
    const queries = [...first.items, ...second.items].map(({ query }: Answer) => query);
    expect(queries).toEqual(["three", "two", "one"]);
    expect(second.next_cursor).toBeNull();
    await expect(bob.call("get_search_history", { cursor })).rejects.toMatchObject({ code: "invalid_input" });
  });

  it("tells which hits were opened afterwards, by get_prompt or render_prompt, once each", async () => {
    await search(ada, "mail");
    pass();
    await ada.call("render_prompt", { name: "mail/forward", arguments: { something: "it" } });
    pass();
    for (const name of ["mail/reply", "mail/forward"]) await ada.call("get_prompt", { name });
    expect((await openedAfter(ada))[0]?.sort()).toEqual(["mail/forward", "mail/reply"]);
    await ada.call("get_prompt", { name: "mail/reply", version: 1 });
    expect((await openedAfter(ada))[0]).toHaveLength(2);
  });

  it("gives an opened prompt to the last search before it that found it, within half an hour", async () => {
    await ada.call("get_prompt", { name: "code/review" });
    await search(ada, "code review");
    await search(ada, "mail reply", { tag: "mail" });
    await ada.call("get_prompt", { name: "code/review" });
    expect(await openedAfter(ada)).toEqual([[], ["code/review"]]);

    pass(31 * MINUTE_MS);
    await ada.call("get_prompt", { name: "mail/reply" });
    expect(await openedAfter(ada)).toEqual([[], ["code/review"]]);
  });

  it("is nobody else's: not what another member of the tenant searched or opened, not even for its admin", async () => {
    await search(bob, "mail of bob");
    await ada.call("get_prompt", { name: "mail/reply" });
    expect(await ada.call("get_search_history")).toMatchObject({ items: [] });
    expect(await openedAfter(bob)).toEqual([[]]);
    await ada.call("clear_search_history");
    expect(await searches(bob)).toHaveLength(1);
  });

  it("forgets after the days that it is kept for", async () => {
    await search(ada, "old");
    pass(90 * DAY_MS - MINUTE_MS);
    expect(await searches(ada)).toHaveLength(1);
    pass(2 * MINUTE_MS);
    expect(await searches(ada)).toEqual([]);
  });

  it("is written by itself soon, and at the latest when the server stops", async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "promptforge-history-"));
    onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
    const before = await openLibrary({ dataDir });
    const { caller, call } = await before.found("carol");
    const { storage } = before.app;
    const written = () =>
      storage.tenant(caller.tenantId).read(({ history }) => history.list(caller.userId, { limit: 9 }));
    await call("search_prompts", { query: "first" });
    await expect.poll(written, { timeout: 30_000 }).toHaveLength(1);
    await call("search_prompts", { query: "second" });
    await before.close();

    const after = await openLibrary({ dataDir });
    onTestFinished(() => after.close());
    const { items } = await after.app.services.searchHistory.list(caller, { limit: 9 });
    expect(items.map(({ query }) => query)).toEqual(["second", "first"]);
  });
});

describe("clear_search_history", () => {
  it("deletes all of mine, written or not, and says how many", async () => {
    await search(ada, "one");
    await searches(ada);
    await search(ada, "two");
    expect(await ada.call("clear_search_history")).toEqual({ deleted: 2 });
    expect(await ada.call("clear_search_history")).toEqual({ deleted: 0 });
    expect(await searches(ada)).toEqual([]);
  });
});

describe("set_search_history", () => {
  it("switches mine off and on: what was searched meanwhile is not kept, what was before stays", async () => {
    await search(ada, "before mail");
    expect(await ada.call("set_search_history", { enabled: false })).toEqual({ enabled: false });
    await search(ada, "meanwhile");
    await ada.call("get_prompt", { name: "mail/reply" });
    await search(bob, "bob's");
    expect(await ada.call("get_search_history")).toMatchObject({
      enabled: false,
      items: [{ query: "before mail", opened: [] }],
    });
    expect(await ada.call("set_search_history", { enabled: true })).toEqual({ enabled: true });
    await search(ada, "after");
    expect((await searches(ada)).map(({ query }) => query)).toEqual(["after", "before mail"]);
    expect(await searches(bob)).toHaveLength(1);
  });

  it("cannot switch it on where the operator has switched it off", async () => {
    const off = await openLibrary({ environment: { PROMPTFORGE_SEARCH_HISTORY_DAYS: "0" } });
    try {
      const carol = await off.found("carol");
      await carol.call("search_prompts", { query: "anything" });
      expect(await carol.call("get_search_history")).toEqual({
        enabled: false,
        items: [],
        next_cursor: null,
      });
      expect(await carol.call("get_search_counts")).toEqual({ items: [], next_cursor: null });
      expect(await carol.call("clear_search_history")).toEqual({ deleted: 0 });
      expect(await carol.call("set_search_history", { enabled: false })).toEqual({ enabled: false });
      await expect(carol.call("set_search_history", { enabled: true })).rejects.toMatchObject({
        code: "conflict",
        message: expect.stringContaining("operator"),
      });
    } finally {
      await off.close();
    }
  });
});

describe("get_search_counts", () => {
  it("tells an admin how much each member searched on which day, and no query", async () => {
    await search(ada, "mail");
    await search(bob, "secret plan", { tag: "mail" });
    await search(bob, "secret plan", { folder: "empty" });
    const day = new Date(time).toISOString().slice(0, 10);
    pass(DAY_MS);
    await search(ada, "mail");
    const nextDay = new Date(time).toISOString().slice(0, 10);

    const answer = await ada.call("get_search_counts", { days: 2 });
    const [today, ...yesterday] = answer.items;
    expect(today).toEqual({ day: nextDay, username: "ada", searches: 1, without_hits: 0 });
    expect(yesterday).toMatchObject([
      { day, username: "ada", searches: 1 },
      { day, username: "bob", searches: 2 },
    ]);
    expect(yesterday[1].without_hits).toBeGreaterThanOrEqual(1);
    expect(JSON.stringify(answer)).not.toMatch(/secret|plan|mail/);
    expect((await ada.call("get_search_counts", { days: 1 })).items).toEqual([today]);

    const first = await ada.call("get_search_counts", { days: 2, limit: 2 });
    const second = await ada.call("get_search_counts", { days: 2, limit: 2, cursor: first.next_cursor });
    expect([...first.items, ...second.items]).toEqual(answer.items);
    expect(second.next_cursor).toBeNull();
  });

  it("is for admins", async () => {
    await expect(bob.call("get_search_counts")).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("over the wire", () => {
  it("is read, cleared and switched over REST and MCP alike", async () => {
    const served = await openServedLibrary();
    const rest = restClient(served.url, served.key);
    const client = await CLIENTS["HTTP, 2026-07-28"](served);
    try {
      await served.member.call("create_prompt", { name: "mail/reply", content: "Reply" });
      await callTool(client, "search_prompts", { query: "mail reply" });
      await client.readResource({ uri: "prompt://mail/reply" });
      const seen = await callTool(client, "get_search_history", {});
      expect(seen.items).toMatchObject([{ query: "mail reply", hits: 1, opened: [{ name: "mail/reply" }] }]);
      expect((await rest("GET", "/v1/search/history?limit=5")).body).toEqual(seen);
      expect((await rest("GET", "/v1/search/counts?days=1")).body.items).toMatchObject([
        { username: "ada", searches: 1, without_hits: 0 },
      ]);
      const off = await rest("PUT", "/v1/search/history/settings", { json: { enabled: false } });
      expect([off.status, off.body]).toEqual([200, { enabled: false }]);
      expect((await rest("DELETE", "/v1/search/history")).body).toEqual({ deleted: 1 });
      expect(await callTool(client, "clear_search_history", {})).toEqual({ deleted: 0 });

      const { tools } = await client.listTools();
      const annotations = new Map(tools.map((tool) => [tool.name, tool.annotations]));
      expect(annotations.get("get_search_history")).toMatchObject({ readOnlyHint: true });
      expect(annotations.get("search_prompts")).toMatchObject({ readOnlyHint: true });
      expect([...annotations.keys()]).not.toContain("get_search_counts");
    } finally {
      await client.close();
      await served.close();
    }
  });
});
