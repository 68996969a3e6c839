import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Library, openLibrary, type TestMember } from "../support/library.ts";

let library: Library;
let ada: TestMember;
let developer: TestMember;
let serial = 0;

beforeAll(async () => {
  library = await openLibrary();
  ada = await library.found("ada");
  developer = await library.join(ada, "dev", "developer");
});
afterAll(() => library.close());

/** A prompt of so many versions; version n says "Version n". */
async function promptOf(versions: number): Promise<string> {
  serial += 1;
  const name = `labelled/p${serial}`;
  await developer.call("create_prompt", { name, content: "Version 1 for {{who}}" });
  for (let n = 2; n <= versions; n++)
    await developer.call("update_prompt", { name, content: `Version ${n} for {{who}}` });
  return name;
}

const history = async (name: string, label: string) =>
  (await developer.call("get_label_history", { name, label, limit: 100 })).items;

describe("set_label", () => {
  it("points a label to a version, by which get_prompt and render_prompt then read", async () => {
    const name = await promptOf(3);
    expect(await developer.call("set_label", { name, label: "Staging", version: 2 })).toMatchObject({
      name,
      label: "staging",
      version: 2,
      previous_version: null,
      changed: true,
    });
    expect(await developer.call("get_prompt", { name, label: "staging" })).toMatchObject({
      version: 2,
      content: "Version 2 for {{who}}",
      labels: { staging: 2 },
      latest_version: 3,
    });
    const rendered = await developer.call("render_prompt", {
      name,
      label: "staging",
      arguments: { who: "Eve" },
    });
    expect(rendered).toMatchObject({ version: 2, text: "Version 2 for Eve" });
    await developer.call("set_label", { name, label: "staging" });
    const { items } = await developer.call("get_versions", { name });
    expect(items.map(({ labels }: { labels: string[] }) => labels)).toEqual([["staging"], [], []]);
  });

  it("does nothing, and records nothing, where the label points there already", async () => {
    const name = await promptOf(1);
    await developer.call("set_label", { name, label: "staging" });
    const again = await developer.call("set_label", { name, label: "staging" });
    expect(again).toMatchObject({ version: 1, changed: false });
    expect(await history(name, "staging")).toHaveLength(1);
  });

  it("compares and sets: null for a label that must not be there yet", async () => {
    const name = await promptOf(2);
    const set = (version: number, expected_version: number | null) =>
      developer.call("set_label", { name, label: "staging", version, expected_version });
    await expect(set(1, 1)).rejects.toMatchObject({
      code: "precondition_failed",
      details: { version: null },
    });
    await set(1, null);
    await expect(set(1, null)).rejects.toMatchObject({ code: "precondition_failed" });
    await expect(set(2, 2)).rejects.toMatchObject({ code: "precondition_failed", details: { version: 1 } });
    expect(await set(2, 1)).toMatchObject({ version: 2, previous_version: 1 });
  });

  it("lets exactly one of 50 parallel moves win that expect the same, and records it alone", async () => {
    const name = await promptOf(52);
    await developer.call("set_label", { name, label: "staging", version: 1 });
    const moves = Array.from({ length: 50 }, (_, n) =>
      developer.call("set_label", { name, label: "staging", version: n + 2, expected_version: 1 }),
    );
    const outcomes = await Promise.allSettled(moves);
    const won = outcomes.filter(({ status }) => status === "fulfilled");
    const lost = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason.code] : []));
    expect(won).toHaveLength(1);
    expect(lost).toEqual(Array(49).fill("precondition_failed"));
    const { labels } = await developer.call("get_prompt", { name });
    expect(await history(name, "staging")).toMatchObject([
      { number: 2, from_version: 1, to_version: labels.staging, kind: "set", moved_by: "dev" },
      { number: 1, from_version: null, to_version: 1 },
    ]);
  });

  it("records 50 parallel moves without a condition one after the other, without a gap", async () => {
    const name = await promptOf(51);
    const moves = Array.from({ length: 50 }, (_, n) =>
      developer.call("set_label", { name, label: "staging", version: n + 1, reason: `${n}` }),
    );
    await Promise.all(moves);
    const recorded = (await history(name, "staging")).reverse();
    expect(recorded.map(({ number }: { number: number }) => number)).toEqual(
      Array.from({ length: 50 }, (_, n) => n + 1),
    );
    for (const [at, move] of recorded.entries())
      expect(move.from_version).toBe(recorded[at - 1]?.to_version ?? null);
  });

  it.each(["latest", "7", "two words", "a/b", "-x", "x".repeat(51), ""])(
    "refuses the name %o",
    async (label) => {
      const name = await promptOf(1);
      await expect(developer.call("set_label", { name, label })).rejects.toMatchObject({
        code: "invalid_input",
      });
    },
  );

  it("takes names that objects answer to by themselves for what they are", async () => {
    const name = await promptOf(1);
    for (const label of ["constructor", "valueof"])
      await expect(developer.call("get_prompt", { name, label })).rejects.toMatchObject({
        code: "not_found",
      });
    await developer.call("set_label", { name, label: "constructor" });
    expect(await developer.call("get_prompt", { name, label: "constructor" })).toMatchObject({ version: 1 });
  });

  it("refuses a version that is not there, and an archived prompt", async () => {
    const name = await promptOf(1);
    const set = (version?: number) => developer.call("set_label", { name, label: "staging", version });
    await expect(set(2)).rejects.toMatchObject({ code: "not_found" });
    await developer.call("archive_prompt", { name });
    await expect(set()).rejects.toMatchObject({ code: "conflict" });
    expect(await history(name, "staging")).toEqual([]);
  });
});

describe("labels of a prompt", () => {
  it("are a hundred at most; those that are there still move", async () => {
    const name = await promptOf(2);
    for (let n = 0; n < 100; n++) await developer.call("set_label", { name, label: `l${n}`, version: 1 });
    await expect(developer.call("set_label", { name, label: "more" })).rejects.toMatchObject({
      code: "conflict",
      details: { allowed: 100 },
    });
    await developer.call("set_label", { name, label: "l7", version: 2 });
    await developer.call("remove_label", { name, label: "l8" });
    await developer.call("set_label", { name, label: "more" });
  });

  it("are one label where they look alike, in whatever form they were typed", async () => {
    const name = await promptOf(2);
    await developer.call("set_label", { name, label: "staging", version: 1 });
    expect(await developer.call("set_label", { name, label: "ｓｔａｇｉｎｇ", version: 2 })).toMatchObject({
      label: "staging",
      previous_version: 1,
    });
    expect((await developer.call("get_prompt", { name, label: "ＳＴＡＧＩＮＧ" })).version).toBe(2);
    // Protection is no matter of how it is typed either.
    await expect(developer.call("set_label", { name, label: "ｐroduction" })).rejects.toMatchObject({
      code: "forbidden",
    });
  });
});

describe("a label that is not there", () => {
  it("is not_found, never the latest version instead", async () => {
    const name = await promptOf(2);
    const missing = { code: "not_found" };
    await expect(developer.call("get_prompt", { name, label: "staging" })).rejects.toMatchObject(missing);
    await expect(developer.call("render_prompt", { name, label: "staging" })).rejects.toMatchObject(missing);
    await expect(developer.call("remove_label", { name, label: "staging" })).rejects.toMatchObject(missing);
    await expect(developer.call("rollback_label", { name, label: "staging" })).rejects.toMatchObject(missing);
    expect(await developer.call("get_prompt", { name, label: "latest" })).toMatchObject({ version: 2 });
    const both = developer.call("get_prompt", { name, label: "latest", version: 1 });
    await expect(both).rejects.toMatchObject({ code: "invalid_input" });
  });
});

describe("remove_label", () => {
  it("takes a label off, and keeps its history, which goes on when it is set again", async () => {
    const name = await promptOf(2);
    await developer.call("set_label", { name, label: "staging", version: 1, reason: "first try" });
    const stale = developer.call("remove_label", { name, label: "staging", expected_version: 2 });
    await expect(stale).rejects.toMatchObject({ code: "precondition_failed" });
    expect(await developer.call("remove_label", { name, label: "staging" })).toMatchObject({
      version: null,
      previous_version: 1,
    });
    await developer.call("set_label", { name, label: "staging", version: 2 });
    expect(await history(name, "staging")).toMatchObject([
      { number: 3, kind: "set", from_version: null, to_version: 2 },
      { number: 2, kind: "remove", from_version: 1, to_version: null },
      { number: 1, kind: "set", from_version: null, to_version: 1, reason: "first try", moved_by: "dev" },
    ]);
  });
});

describe("rollback_label", () => {
  it("goes back one target each time, until there is none, and forward again by setting", async () => {
    const name = await promptOf(4);
    const set = (version: number) => developer.call("set_label", { name, label: "staging", version });
    const rollback = async () =>
      (await developer.call("rollback_label", { name, label: "staging", reason: "bad" })).version;
    for (const version of [1, 2, 3]) await set(version);
    expect([await rollback(), await rollback()]).toEqual([2, 1]);
    await expect(rollback()).rejects.toMatchObject({ code: "conflict" });
    await set(4);
    expect(await rollback()).toBe(1);
    expect((await history(name, "staging"))[0]).toMatchObject({
      number: 7,
      kind: "rollback",
      from_version: 4,
      to_version: 1,
      reason: "bad",
    });
  });

  it("does not go back behind a removal", async () => {
    const name = await promptOf(2);
    await developer.call("set_label", { name, label: "staging", version: 1 });
    await developer.call("remove_label", { name, label: "staging" });
    await developer.call("set_label", { name, label: "staging", version: 2 });
    const rollback = developer.call("rollback_label", { name, label: "staging" });
    await expect(rollback).rejects.toMatchObject({ code: "conflict" });
  });
});

describe("get_label_history", () => {
  it("comes page by page, newest first", async () => {
    const name = await promptOf(5);
    for (const version of [1, 2, 3, 4, 5])
      await developer.call("set_label", { name, label: "staging", version });
    const seen: number[] = [];
    for (let cursor: string | undefined; ; ) {
      const page = await developer.call("get_label_history", { name, label: "staging", limit: 2, cursor });
      seen.push(...page.items.map(({ number }: { number: number }) => number));
      if (page.next_cursor === null) break;
      cursor = page.next_cursor;
    }
    expect(seen).toEqual([5, 4, 3, 2, 1]);
  });
});

describe("protected labels", () => {
  it("are an admin's to set, move, roll back and remove", async () => {
    const name = await promptOf(2);
    const production = { name, label: "production" };
    const forbidden = { code: "forbidden" };
    await expect(developer.call("set_label", production)).rejects.toMatchObject(forbidden);
    for (const version of [1, 2]) await ada.call("set_label", { ...production, version });
    await expect(developer.call("set_label", { ...production, version: 1 })).rejects.toMatchObject(forbidden);
    await expect(developer.call("rollback_label", production)).rejects.toMatchObject(forbidden);
    await expect(developer.call("remove_label", production)).rejects.toMatchObject(forbidden);
    expect(await ada.call("rollback_label", production)).toMatchObject({ version: 1 });
    expect(await history(name, "production")).toHaveLength(3);
  });

  it("keep their prompt from being archived by who may not remove them", async () => {
    const name = await promptOf(1);
    await ada.call("set_label", { name, label: "production" });
    await expect(developer.call("archive_prompt", { name })).rejects.toMatchObject({
      code: "forbidden",
      details: { protected: true, labels: ["production"] },
    });
    await ada.call("archive_prompt", { name });
    await developer.call("restore_prompt", { name });
    await ada.call("remove_label", { name, label: "production" });
    await developer.call("set_label", { name, label: "staging" });
    await developer.call("archive_prompt", { name });
  });

  it("are the tenant's choice: set_protected_labels decides, list_labels tells", async () => {
    const host = await library.found("chooser");
    const writer = await library.join(host, "writer", "developer");
    await writer.call("create_prompt", { name: "p", content: "x" });
    const choice = { labels: ["staging"] };
    await expect(writer.call("set_protected_labels", choice)).rejects.toMatchObject({ code: "forbidden" });
    await host.call("set_protected_labels", choice);
    await expect(writer.call("set_label", { name: "p", label: "staging" })).rejects.toMatchObject({
      code: "forbidden",
    });
    await writer.call("set_label", { name: "p", label: "production" });
    expect((await writer.call("list_labels")).items).toEqual([
      { label: "production", prompts: 1, protected: false },
      { label: "staging", prompts: 0, protected: true },
    ]);
    await host.call("set_protected_labels", { labels: [] });
    expect((await writer.call("list_labels")).items).toHaveLength(1);
  });

  it("stay where they are when prompts are created and changed", async () => {
    const name = await promptOf(1);
    await ada.call("set_label", { name, label: "production", version: 1 });
    expect(await ada.call("update_prompt", { name, content: "newer" })).toMatchObject({
      version: 2,
      labels: { production: 1 },
    });
    expect((await ada.call("create_prompt", { content: "another" })).labels).toEqual({});
  });
});

describe("all prompts at a label", () => {
  it("are one call of list_prompts, each as it is at the version that the label points to", async () => {
    const host = await library.found("lister");
    for (let n = 0; n < 12; n++) {
      const name = `p${String(n).padStart(2, "0")}`;
      await host.call("create_prompt", { name, title: `Old ${n}`, content: `old ${n} {{a}}` });
      await host.call("update_prompt", { name, title: `New ${n}`, content: `new ${n}` });
      if (n < 10) await host.call("set_label", { name, label: "production", version: 1 });
    }
    const list = (input: object) => host.call("list_prompts", { label: "production", ...input });
    const { items, next_cursor } = await list({});
    expect(next_cursor).toBeNull();
    expect(items).toHaveLength(10);
    expect(items[3]).toMatchObject({
      name: "p03",
      title: "Old 3",
      version: 1,
      labels: { production: 1 },
      arguments: [{ name: "a" }],
    });
    const { items: full } = await list({ include_content: true, limit: 5 });
    expect(full.map(({ content }: { content: string }) => content)).toEqual(
      [0, 1, 2, 3, 4].map((n) => `old ${n} {{a}}`),
    );
    expect((await host.call("list_prompts", { label: "latest" })).items).toHaveLength(12);
    expect((await host.call("list_prompts", { label: "unknown" })).items).toEqual([]);
  });
});

describe("search_prompts by label", () => {
  it("ranks the prompts that have it, ten of ten, and tells the labelled version", async () => {
    const host = await library.found("searcher");
    for (let n = 0; n < 30; n++) {
      const name = `tea/p${n}`;
      await host.call("create_prompt", { name, title: `Tea ${n}`, content: `Brew green tea, way ${n}.` });
      if (n % 3 > 0) continue;
      await host.call("set_label", { name, label: "staging", version: 1 });
      await host.call("update_prompt", {
        name,
        title: `Better tea ${n}`,
        content: `Brew green tea, way ${n}!`,
      });
    }
    await library.app.indexer.drain();
    const { items, degraded } = await host.call("search_prompts", {
      query: "how to brew green tea",
      label: "staging",
      limit: 10,
    });
    expect(degraded).toBe(false);
    expect(items).toHaveLength(10);
    for (const { version, title, passage } of items) {
      expect(version).toBe(1);
      expect(title).toMatch(/^Tea \d+$/);
      expect(passage).toMatch(/\.$/);
    }
    const all = await host.call("search_prompts", { query: "green tea", label: "latest", limit: 100 });
    expect(all.items).toHaveLength(30);
    const { items: kept } = await host.call("get_search_history");
    expect(kept[0].filters).toEqual({ label: "latest" });
  });
});
