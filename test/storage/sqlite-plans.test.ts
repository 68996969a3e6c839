import { describe, expect, it } from "vitest";
import { type PromptPage, SORT_FIELDS } from "../../src/domain/ports/storage.ts";
import { promptPageQuery } from "../../src/storage/sql/prompt-list.ts";
import { searchCountQuery, searchPageQuery } from "../../src/storage/sql/search-history-store.ts";
import { keepingPlan } from "../../src/storage/sqlite/planned-database.ts";
import { at } from "./fixtures.ts";
import { openTemp } from "./temp-sqlite.ts";

const INDEX_OF = {
  name: "prompts_name",
  created_at: "prompts_by_created_at",
  updated_at: "prompts_by_updated_at",
} as const;

describe("the plan for a page of prompts", () => {
  const pages = SORT_FIELDS.flatMap((sort) =>
    [false, true].flatMap((descending) => ["first", "next"].map((which) => ({ sort, descending, which }))),
  );

  it.each(pages)(
    "reads the $which page by $sort (descending: $descending) off its index, without sorting",
    async ({ sort, descending, which }) => {
      const key = sort === "name" ? "a name" : at(0).getTime();
      const after = which === "next" ? { key, id: "an id" } : undefined;
      const plan = await planOf({ filter: {}, sort, descending, limit: 20, after });
      expect(plan).toContain(`INDEX ${INDEX_OF[sort]} (tenant_id=?`);
      expect(plan).not.toMatch(/TEMP B-TREE|SCAN prompts/);
      if (which === "next") expect(plan).toMatch(descending ? /<\(?\?/ : />\(?\?/);
    },
  );

  it("reads a folder as one range of the index", async () => {
    const plan = await planOf({
      filter: { namePrefix: "folder/" },
      sort: "name",
      descending: false,
      limit: 20,
    });
    expect(plan).toContain("INDEX prompts_name (tenant_id=? AND name>? AND name<?)");
    expect(plan).not.toContain("TEMP B-TREE");
  });

  it.each([{ tag: "t" }, { label: "l" }, { author: "ann" }, { words: ["w"] }])(
    "scans no table for the filter %o",
    async (filter) => {
      const plan = await planOf({ filter, sort: "updated_at", descending: true, limit: 20 });
      expect(plan).not.toMatch(/SCAN (prompts|prompt_tags|labels|users)/);
    },
  );
});

describe("the plan for a search history", () => {
  it("reads a user's page off its index, without sorting", async () => {
    const { db } = (await openTemp()).database.reader;
    const after = { at: at(0), id: "an id" };
    const plan = await explain(searchPageQuery(db, "a tenant", "a user", { limit: 20, since: at(0), after }));
    expect(plan).toContain("INDEX search_history_of_user (tenant_id=? AND user_id=? AND at>? AND (at,id)<");
    expect(plan).not.toMatch(/TEMP B-TREE|SCAN/);
  });

  it("counts the tenant's searches of the time asked for, and no others", async () => {
    const { reader } = (await openTemp()).database;
    const plan = await explain(searchCountQuery(reader, "a tenant", { limit: 20, since: at(0) }));
    expect(plan).toContain("INDEX search_history_by_time (tenant_id=? AND at>?)");
    expect(plan).not.toContain("SCAN");
  });
});

describe("a prepared statement", () => {
  it.each([
    ["a = ? and b is ?", "a = +? and b is +?"],
    ["a=@one and b = @two", "a= +@one and b = +@two"],
    ["a >= ? and b in (?, ?) and c is not null limit ?", "a >= +? and b in (?, ?) and c is not null limit ?"],
  ])("keeps the parameters of its equalities out of planning: %s", (source, planned) => {
    expect(keepingPlan(source)).toBe(planned);
  });

  it("finds by its index what it found before, of the same type", async () => {
    const { client } = (await openTemp()).database.writer;
    client.exec("create table things (id text primary key, size integer, made blob) without rowid");
    const values = ["a", 7, Buffer.from([1, 2])];
    client.prepare("insert into things values (?, ?, ?)").run(...values);
    client.prepare("update things set size = ?, made = ? where id = ?").run(8, Buffer.from([3]), "a");
    expect(client.prepare("select * from things where id = ?").get("a")).toEqual({
      id: "a",
      size: 8,
      made: Buffer.from([3]),
    });
    const [step] = client
      .prepare<unknown[], { detail: string }>("explain query plan select size from things where id = ?")
      .all("a");
    expect(step?.detail).toBe("SEARCH things USING PRIMARY KEY (id=?)");
  });
});

async function planOf(page: PromptPage): Promise<string> {
  const { reader } = (await openTemp()).database;
  return explain(promptPageQuery(reader, "a tenant", page));
}

async function explain(query: { toSQL(): { sql: string; params: unknown[] } }): Promise<string> {
  const { client } = (await openTemp()).database.reader;
  const { sql, params } = query.toSQL();
  const steps = client.prepare<unknown[], { detail: string }>(`explain query plan ${sql}`).all(...params);
  return steps.map(({ detail }) => detail).join("\n");
}
