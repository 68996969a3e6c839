import fc from "fast-check";
import { expect, it } from "vitest";
import type { PromptFilter } from "../../src/domain/ports/prompt-filter.ts";
import {
  type FilingPage,
  type PromptPage,
  SORT_FIELDS,
  type Storage,
} from "../../src/domain/ports/storage.ts";
import type { Prompt } from "../../src/domain/prompt.ts";
import { archive, at, type Founded, found, join, newPrompt, type OpenStorage, store } from "./fixtures.ts";

export function listContract(open: OpenStorage): void {
  it("gives every prompt once, in order, over pages of any size, whatever ties there are", async () => {
    const storage = await open();
    const time = fc.integer({ min: 0, max: 3 });
    const name = fc.stringMatching(/^[a-c]\/[a-zé名😀]{1,3}$/u);
    const row = fc.record({ name, created: time, updated: time });
    const rows = fc.uniqueArray(row, { selector: (each) => each.name, maxLength: 25 });

    await fc.assert(
      fc.asyncProperty(rows, fc.integer({ min: 1, max: 9 }), async (wanted, limit) => {
        const ann = await found(storage);
        const prompts = wanted.map(({ name, created, updated }) =>
          newPrompt(ann, { name, createdAt: at(created), updatedAt: at(updated) }),
        );
        await storage.tenant(ann.tenantId).write(async (tenant) => {
          for (const prompt of prompts) await tenant.prompts.insert(prompt);
        });
        for (const sort of SORT_FIELDS) {
          for (const descending of [false, true]) {
            const listed = await allPages(storage, ann.tenantId, { filter: {}, sort, descending, limit });
            const sorted = prompts.toSorted(
              (a, b) =>
                (compare(sortKey(a, sort), sortKey(b, sort)) || compare(a.id, b.id)) * (descending ? -1 : 1),
            );
            expect(listed.map(({ id }) => id)).toEqual(sorted.map(({ id }) => id));
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it("goes on after a row that has gone or moved since", async () => {
    const storage = await open();
    const ann = await found(storage);
    for (const ms of [1, 2, 3]) await store(storage, ann, { name: `p${ms}`, updatedAt: at(ms) });
    const after = { key: at(2).getTime(), id: "~" };
    const page = { filter: {}, sort: "updated_at", descending: false, limit: 9, after } as const;
    expect(await names(storage, ann, page)).toEqual(["p3"]);
  });

  it("filters by tag, by the latest version's", async () => {
    const storage = await open();
    const ann = await found(storage);
    const changed = await store(storage, ann, { name: "changed", tags: ["draft"] });
    await store(storage, ann, { name: "both", tags: ["draft", "mail"] });
    await store(storage, ann, { name: "none" });
    await storage.tenant(ann.tenantId).write(({ prompts }) => prompts.update({ ...changed, tags: ["mail"] }));

    expect(await filtered(storage, ann, { tag: "draft" })).toEqual(["both"]);
    expect(await filtered(storage, ann, { tag: "mail" })).toEqual(["both", "changed"]);
    expect(await filtered(storage, ann, { tag: "mai" })).toEqual([]);
  });

  it("filters by the beginning of the name, in which no character is special", async () => {
    const storage = await open();
    const ann = await found(storage);
    for (const name of ["a/b/c", "a/b", "a/😀", "a-b", "ab/c", "a", "a0", "b/a", "名/a"]) {
      await store(storage, ann, { name });
    }
    expect(await filtered(storage, ann, { namePrefix: "a/" })).toEqual(["a/b", "a/b/c", "a/😀"]);
    expect(await filtered(storage, ann, { namePrefix: "a/b/" })).toEqual(["a/b/c"]);
    expect(await filtered(storage, ann, { namePrefix: "名" })).toEqual(["名/a"]);
    for (const namePrefix of ["%", "_/", "a_", "*", "[a]", "A/", "'"]) {
      expect(await filtered(storage, ann, { namePrefix })).toEqual([]);
    }
  });

  it("filters by the time of the last change: from one moment on, and before another", async () => {
    const storage = await open();
    const ann = await found(storage);
    for (const ms of [1, 2, 3]) await store(storage, ann, { name: `p${ms}`, updatedAt: at(ms) });
    expect(await filtered(storage, ann, { since: at(2) })).toEqual(["p2", "p3"]);
    expect(await filtered(storage, ann, { until: at(2) })).toEqual(["p1"]);
    expect(await filtered(storage, ann, { since: at(2), until: at(3) })).toEqual(["p2"]);
    expect(await filtered(storage, ann, { since: at(4) })).toEqual([]);
  });

  it("filters by author", async () => {
    const storage = await open();
    const ann = await found(storage);
    const bob = await join(storage, ann.tenantId, "developer");
    await store(storage, ann, { name: "by-ann" });
    await store(storage, bob, { name: "by-bob" });
    expect(await filtered(storage, ann, { author: bob.username })).toEqual(["by-bob"]);
    expect(await filtered(storage, ann, { author: "nobody" })).toEqual([]);
  });

  it("filters by words: all of them, each as the beginning of a word, anywhere", async () => {
    const storage = await open();
    const ann = await found(storage);
    await store(
      storage,
      ann,
      { name: "review/code", title: "Reviewer", tags: ["quality"] },
      "Find bugs in Rust",
    );
    await store(
      storage,
      ann,
      { name: "write/mail", title: "Letters", description: "Crème brûlée" },
      "Be rude in v2.10, at length: 2026",
    );
    await store(storage, await found(storage), { name: "other" }, "Rusty quality 2027");

    expect(await filtered(storage, ann, { words: ["ru"] })).toEqual(["review/code", "write/mail"]);
    expect(await filtered(storage, ann, { words: ["RUST", "qual"] })).toEqual(["review/code"]);
    expect(await filtered(storage, ann, { words: ["creme", "mail"] })).toEqual(["write/mail"]);
    expect(await filtered(storage, ann, { words: ["rust", "mail"] })).toEqual([]);
    for (const beginning of ["b", "v", "v2", "1", "20", "2026", "br", "v2.1", "write/ma"]) {
      expect(await filtered(storage, ann, { words: [beginning, "rude"] }), beginning).toEqual(["write/mail"]);
    }
    expect(await filtered(storage, ann, { words: ["ust"] })).toEqual([]);
    for (const others of ["rusty", "2027", "othe"]) {
      expect(await filtered(storage, ann, { words: [others] }), others).toEqual([]);
    }
    expect(await filtered(storage, ann, { words: ["!!!"] })).toEqual([]);
  });

  it("gives the ids of all that pass a filter, or of those of some, and of nothing archived", async () => {
    const storage = await open();
    const ann = await found(storage);
    const [one, two, plain, old] = [
      await store(storage, ann, { name: "one", tags: ["t"] }),
      await store(storage, ann, { name: "two", tags: ["t"] }),
      await store(storage, ann, { name: "plain" }),
      await store(storage, ann, { name: "old", tags: ["t"] }),
    ];
    await archive(storage, ann.tenantId, old);
    const ids = async (filter: PromptFilter, among?: readonly string[]) =>
      new Set(await storage.tenant(ann.tenantId).read(({ prompts }) => prompts.findIds(filter, among)));

    expect(await ids({})).toEqual(new Set([one.id, two.id, plain.id]));
    expect(await ids({ tag: "t" })).toEqual(new Set([one.id, two.id]));
    expect(await ids({ tag: "t" }, [two.id, plain.id, old.id, "no id"])).toEqual(new Set([two.id]));
    expect(await ids({}, [old.id, plain.id])).toEqual(new Set([plain.id]));
    expect(await ids({}, [])).toEqual(new Set());
  });

  it("gives archived prompts alone where it is asked to, under the same filters", async () => {
    const storage = await open();
    const ann = await found(storage);
    for (const name of ["a/old", "b/old"])
      await archive(storage, ann.tenantId, await store(storage, ann, { name, tags: ["t"] }));
    await store(storage, ann, { name: "a/new", tags: ["t"] });
    expect(await filtered(storage, ann, { archived: true })).toEqual(["a/old", "b/old"]);
    expect(await filtered(storage, ann, { archived: true, namePrefix: "a/", tag: "t" })).toEqual(["a/old"]);
    expect(await filtered(storage, ann, { tag: "t" })).toEqual(["a/new"]);
  });

  it("counts the prompts under each tag, page by page, leaving out archived ones", async () => {
    const storage = await open();
    const ann = await found(storage);
    await store(storage, ann, { tags: ["a", "ab", "b"] });
    await store(storage, ann, { tags: ["ab", "名"] });
    await archive(storage, ann.tenantId, await store(storage, ann, { tags: ["a", "old"] }));
    const tags = (page: FilingPage) => storage.tenant(ann.tenantId).read(({ prompts }) => prompts.tags(page));
    expect(await tags({ prefix: "", limit: 3 })).toEqual([
      { tag: "a", prompts: 1 },
      { tag: "ab", prompts: 2 },
      { tag: "b", prompts: 1 },
    ]);
    expect(await tags({ prefix: "", limit: 3, after: "b" })).toEqual([{ tag: "名", prompts: 1 }]);
    expect(await tags({ prefix: "a", limit: 3, after: "a" })).toEqual([{ tag: "ab", prompts: 2 }]);
  });

  it("counts the prompts of the folders right below one, however deep they are", async () => {
    const storage = await open();
    const ann = await found(storage);
    for (const name of ["a/x", "a/b/x", "a/b/c/x", "a-b/x", "😀/é/x", "😀/y/z/x", "top"])
      await store(storage, ann, { name });
    await archive(storage, ann.tenantId, await store(storage, ann, { name: "old/x" }));
    const folders = (page: FilingPage) =>
      storage.tenant(ann.tenantId).read(({ prompts }) => prompts.folders(page));
    expect(await folders({ prefix: "", limit: 2 })).toEqual([
      { folder: "a", prompts: 3 },
      { folder: "a-b", prompts: 1 },
    ]);
    expect(await folders({ prefix: "", limit: 2, after: "a-b" })).toEqual([{ folder: "😀", prompts: 2 }]);
    expect(await folders({ prefix: "😀/", limit: 2 })).toEqual([
      { folder: "😀/y", prompts: 1 },
      { folder: "😀/é", prompts: 1 },
    ]);
    expect(await folders({ prefix: "a/b/c/", limit: 2 })).toEqual([]);
  });

  it("pages through a filtered list without losing a row", async () => {
    const storage = await open();
    const ann = await found(storage);
    for (let n = 0; n < 12; n++) {
      await store(storage, ann, { name: `${n % 2 ? "odd" : "even"}/${n}`, tags: n % 3 ? ["t"] : [] }, "word");
    }
    const filter = { tag: "t", namePrefix: "even/", author: ann.username, words: ["wo"] };
    const page = { filter, sort: "created_at", descending: true, limit: 1 } as const;
    const listed = await allPages(storage, ann.tenantId, page);
    expect(listed.map(({ name }) => name).sort()).toEqual(["even/10", "even/2", "even/4", "even/8"]);
  });
}

async function filtered(storage: Storage, ann: Founded, filter: PromptFilter): Promise<string[]> {
  return names(storage, ann, { filter, sort: "name", descending: false, limit: 100 });
}

async function names(storage: Storage, ann: Founded, page: PromptPage): Promise<string[]> {
  const prompts = await storage.tenant(ann.tenantId).read((tenant) => tenant.prompts.list(page));
  return prompts.map(({ name }) => name);
}

async function allPages(storage: Storage, tenantId: string, first: PromptPage): Promise<Prompt[]> {
  const listed: Prompt[] = [];
  for (;;) {
    const last = listed.at(-1);
    const after = last && { key: sortKey(last, first.sort), id: last.id };
    const page = await storage.tenant(tenantId).read((tenant) => tenant.prompts.list({ ...first, after }));
    expect(page.length).toBeLessThanOrEqual(first.limit);
    listed.push(...page);
    if (page.length < first.limit) return listed;
  }
}

function sortKey(
  prompt: Pick<Prompt, "name" | "createdAt" | "updatedAt">,
  sort: PromptPage["sort"],
): string | number {
  if (sort === "name") return prompt.name;
  return (sort === "created_at" ? prompt.createdAt : prompt.updatedAt).getTime();
}

/** Text by code point, as databases order it; JavaScript's own order is by UTF-16 unit. */
function compare(a: string | number, b: string | number): number {
  if (typeof a === "number" || typeof b === "number") return Number(a) - Number(b);
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
