import { setImmediate as otherWork } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, type Library, openLibrary, type TestMember } from "../support/library.ts";
import { turnsDuring } from "../support/turns.ts";

let library: Library;
let admin: TestMember;
let developer: TestMember;
beforeAll(async () => {
  library = await openLibrary();
  admin = await library.found("ada");
  developer = await library.join(admin, "dev", "developer");
});
afterAll(() => library.close());

const line = (fields: Record<string, unknown>) => `${JSON.stringify(fields)}\n`;

function importLines(
  member: TestMember,
  lines: Record<string, unknown>[],
  input: Record<string, unknown> = {},
) {
  return member.call("import_prompts", {
    files: [{ path: "x.jsonl", text: lines.map(line).join("") }],
    ...input,
  });
}

async function versionsOf(name: string): Promise<(readonly [number, string])[]> {
  const { items } = await admin.call("get_versions", { name });
  return items.map(({ number, content }: Answer) => [number, content] as const).reverse();
}

describe("import_prompts", () => {
  it("lets others be answered between the versions of a prompt, also while they are written", async () => {
    const content = "Some words of a version. ".repeat(20);
    const lines = Array.from({ length: 3000 }, (_, at) => ({
      ...{ name: "in/many", version: at + 1, title: "Many", content: `${content} ${at}` },
    }));
    expect(await turnsDuring(() => importLines(admin, lines))).toBeGreaterThanOrEqual(5);
    expect(await admin.call("get_prompt", { name: "in/many" })).toMatchObject({ version: 3000 });
  });

  it("lets others write while it reads the schemas of many versions, which takes long", async () => {
    const stranger = await library.found("stranger");
    const lines = Array.from({ length: 100 }, (_, at) => {
      const choices = Array.from({ length: 200 }, (_, n) => ({ minItems: n }));
      const input_schema = { type: "object", properties: { [`a${at}`]: { anyOf: choices } } };
      return { name: "in/schemas", version: at + 1, content: `{{a${at}}}`, input_schema };
    });
    const ended: string[] = [];
    const importing = importLines(admin, lines).then(() => ended.push("import"));
    // Until it is at the versions.
    for (let turn = 0; turn < 10; turn++) await otherWork();
    await stranger.call("create_prompt", { content: "Short" });
    ended.push("another tenant's write");
    await importing;
    expect(ended).toEqual(["another tenant's write", "import"]);
    expect(await admin.call("get_prompt", { name: "in/schemas" })).toMatchObject({ version: 100 });
  });

  it.each([
    ["creates them", {}],
    ["finds them as they are", {}],
    ["tells what it would do", { dry_run: true }],
  ])("lets others be answered between any two prompts when it %s", async (_, input) => {
    const lines = Array.from({ length: 30 }, (_, at) => ({ name: `in/turns/${at}`, content: `Text ${at}` }));
    expect(await turnsDuring(() => importLines(admin, lines, input))).toBeGreaterThanOrEqual(30);
  });

  it("creates what is not there, adds a version to what is not the same, and changes nothing the second time", async () => {
    await admin.call("create_prompt", {
      name: "in/there",
      content: "Old",
      description: "Kept",
      tags: ["kept"],
    });
    const files = [
      { path: "in/new.md", text: "---\ntitle: New\ntags: [a]\n---\nHello {{who}}\n" },
      { path: "in/there.md", text: "---\ntitle: There\n---\nNew\n" },
      { path: "in/bad.md", text: "---\ntitle: {\n---\nx" },
    ];
    const first = await admin.call("import_prompts", { files });
    expect(first).toMatchObject({ created: 1, updated: 1, unchanged: 0, skipped: 0, failed: 1 });
    expect(first.items).toMatchObject([
      { path: "in/new.md", name: "in/new", outcome: "created", version: 1 },
      { path: "in/there.md", name: "in/there", outcome: "updated", version: 2 },
      { path: "in/bad.md", line: 2, outcome: "failed", message: expect.stringContaining("not valid YAML") },
    ]);
    expect(await admin.call("get_prompt", { name: "in/there" })).toMatchObject({
      title: "There",
      description: "Kept",
      tags: ["kept"],
      content: "New",
    });
    expect(await admin.call("import_prompts", { files })).toMatchObject({ unchanged: 2, failed: 1 });
    expect(await versionsOf("in/there")).toHaveLength(2);
  });

  it("tells what it would do, and does nothing, in a dry run", async () => {
    await admin.call("create_prompt", { name: "dry/a", content: "A" });
    const lines = [
      { name: "dry/a", content: "B" },
      { name: "dry/b", version: 1, labels: ["staging"], content: "B" },
    ];
    expect(await importLines(admin, lines, { dry_run: true })).toMatchObject({
      dry_run: true,
      created: 1,
      updated: 1,
    });
    expect(await versionsOf("dry/a")).toEqual([[1, "A"]]);
    await expect(admin.call("get_prompt", { name: "dry/b" })).rejects.toMatchObject({ code: "not_found" });
  });

  it("skips, or fails, where a name is in use and that is asked for", async () => {
    await admin.call("create_prompt", { name: "used", content: "A" });
    const lines = [{ name: "used", content: "B" }];
    expect(await importLines(admin, lines, { on_existing: "skip" })).toMatchObject({ skipped: 1 });
    const failed = await importLines(admin, lines, { on_existing: "fail" });
    expect(failed.items).toMatchObject([
      { outcome: "failed", message: expect.stringContaining("exists already") },
    ]);
    expect(await versionsOf("used")).toEqual([[1, "A"]]);
  });

  it("keeps the numbers of versions, and goes on where a history goes on", async () => {
    const history = [1, 2, 5].map((version) => ({ name: "hist", version, content: `v${version}` }));
    await importLines(admin, history);
    const v6 = { name: "hist", version: 6, content: "v6", labels: ["staging"] };
    expect((await importLines(admin, [...history, v6])).items).toMatchObject([
      { outcome: "updated", version: 6 },
    ]);
    expect(await versionsOf("hist")).toEqual([
      [1, "v1"],
      [2, "v2"],
      [5, "v5"],
      [6, "v6"],
    ]);
    expect((await importLines(admin, [...history, v6])).items).toMatchObject([{ outcome: "unchanged" }]);
    expect((await admin.call("get_prompt", { name: "hist" })).labels).toEqual({ staging: 6 });
  });

  it("adds only the newest of another history, and says so", async () => {
    await importLines(admin, [{ name: "other", version: 1, content: "mine" }]);
    const theirs = [
      { name: "other", version: 1, content: "theirs", labels: ["staging"] },
      { name: "other", version: 2, content: "theirs, too" },
    ];
    const { items } = await importLines(admin, theirs);
    expect(items).toMatchObject([
      {
        outcome: "updated",
        version: 2,
        notes: [expect.stringContaining("only the newest"), expect.anything()],
      },
    ]);
    expect(await versionsOf("other")).toEqual([
      [1, "mine"],
      [2, "theirs, too"],
    ]);
    expect((await admin.call("get_prompt", { name: "other" })).labels).toEqual({});
  });

  it("never moves a protected label for who may not, and takes the prompt all the same", async () => {
    const lines = [{ name: "guarded", version: 1, content: "A", labels: ["production", "staging"] }];
    const { items } = await importLines(developer, lines);
    expect(items).toMatchObject([
      { outcome: "created", notes: [expect.stringContaining("label production stays")] },
    ]);
    expect((await admin.call("get_prompt", { name: "guarded" })).labels).toEqual({ staging: 1 });
    expect((await importLines(admin, lines)).items).toMatchObject([{ outcome: "updated", notes: [] }]);
    expect((await admin.call("get_prompt", { name: "guarded" })).labels).toEqual({
      production: 1,
      staging: 1,
    });
  });

  it("files a prompt by its tags without a new version", async () => {
    await importLines(admin, [{ name: "filed", content: "A", tags: ["one"] }]);
    expect(await importLines(admin, [{ name: "filed", content: "A", tags: ["two"] }])).toMatchObject({
      updated: 1,
    });
    expect(await admin.call("get_prompt", { name: "filed" })).toMatchObject({ version: 1, tags: ["two"] });
  });

  it("writes nothing of a prompt of which a version cannot be taken", async () => {
    const lines = [
      { name: "half", version: 1, content: "A" },
      { name: "half", version: 2, content: "" },
      { name: "whole", version: 1, content: "A" },
    ];
    expect((await importLines(admin, lines)).items).toMatchObject([
      { name: "half", outcome: "failed", line: 2 },
      { name: "whole", outcome: "created" },
    ]);
    await expect(admin.call("get_prompt", { name: "half" })).rejects.toMatchObject({ code: "not_found" });
  });

  it("touches a prompt only at the version that is expected", async () => {
    await admin.call("create_prompt", { name: "raced", content: "A" });
    const lines = [{ name: "raced", content: "B" }];
    for (const expected of [0, 2]) {
      const { items } = await importLines(admin, lines, { expected_versions: { raced: expected } });
      expect(items).toMatchObject([
        { outcome: "failed", message: expect.stringContaining("at version 1 by now") },
      ]);
    }
    expect(await importLines(admin, lines, { expected_versions: { raced: 1 } })).toMatchObject({
      updated: 1,
    });
  });

  it("refuses an archived prompt, and tells what files say that has no place", async () => {
    await admin.call("create_prompt", { name: "away", content: "A" });
    await admin.call("archive_prompt", { name: "away" });
    const { items } = await importLines(admin, [
      { name: "away", content: "B" },
      { name: "kept", content: "C", owner: "me" },
    ]);
    expect(items).toMatchObject([
      { outcome: "failed", message: expect.stringContaining("archived") },
      { outcome: "created", not_taken: ["owner"] },
    ]);
  });

  it("stores nothing that would include itself", async () => {
    const lines = [
      { name: "ring/a", content: "{{> ring/b}}" },
      { name: "ring/b", content: "{{> ring/a}}" },
    ];
    expect((await importLines(admin, lines)).items).toMatchObject([
      { outcome: "created" },
      { outcome: "failed" },
    ]);
    await expect(admin.call("get_prompt", { name: "ring/b" })).rejects.toMatchObject({ code: "not_found" });
  });

  it("advises on what it stores as create_prompt does", async () => {
    const { items } = await importLines(admin, [{ name: "advised", content: "Hidden\u200b here" }]);
    expect(items[0].advice).toContain("invisible_characters");
  });

  it("reads no path that leads out of the folder, and passes over what is no prompt", async () => {
    const files = ["../up.md", "/etc/x.md", "C:\\x.md", "a/../../b.md", "..\\win.md"].map((path) => ({
      path,
      text: "x",
    }));
    const others = [".git/config.md", "photo.png", "s/SKILL.md", "s/references/more.md"].map((path) => ({
      path,
      text: "x",
    }));
    const report = await admin.call("import_prompts", { files: [...files, ...others], dry_run: true });
    expect(report).toMatchObject({ failed: files.length, created: 1 });
    expect(report.items.at(-1)).toMatchObject({ name: "s" });
    expect(report.passed_over).toEqual([".git/config.md", "photo.png", "s/references/more.md"]);
  });
});

describe("export_prompts", () => {
  beforeAll(async () => {
    await importLines(admin, [
      { name: "out/a", version: 1, title: "A", content: "one {{x}}", tags: ["out"], labels: ["staging"] },
      { name: "out/a", version: 2, title: "A", content: "two {{x}}", tags: ["out"], change_note: "More" },
      { name: "out/b", version: 1, title: "B", content: "b", tags: ["out", "other"] },
      { name: "outside", version: 1, title: "C", content: "c" },
    ]);
  });

  const contents = (answer: Answer) => answer.files.map(({ path }: Answer) => path);

  it("gives prompts by the start of their names, by tag, by label or by name", async () => {
    const format = "markdown";
    expect(contents(await admin.call("export_prompts", { format, prefix: "out/" }))).toEqual([
      "out/a.md",
      "out/b.md",
    ]);
    expect(contents(await admin.call("export_prompts", { format, tag: "other" }))).toEqual(["out/b.md"]);
    expect(contents(await admin.call("export_prompts", { format, name: "outside" }))).toEqual(["outside.md"]);
    const { files } = await admin.call("export_prompts", { format, prefix: "out", label: "staging" });
    expect(files).toEqual([{ path: "out/a.md", text: "---\ntitle: A\ntags: [out]\n---\n\none {{x}}\n" }]);
  });

  it("goes on from page to page, within a prompt, too", async () => {
    const query = { prefix: "out", versions: "all", limit: 1 };
    const pages: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page: Answer = await admin.call("export_prompts", { ...query, ...(cursor ? { cursor } : {}) });
      pages.push(page.files[0].text);
      cursor = page.next_cursor;
    }
    expect(pages).toHaveLength(4);
    const whole = await admin.call("export_prompts", { prefix: "out", versions: "all" });
    expect(whole.files).toEqual([{ path: "prompts.jsonl", text: pages.join("") }]);
    expect(whole.losses).toEqual([]);
  });

  it("tells what the format has no place for", async () => {
    const { losses } = await admin.call("export_prompts", { format: "langfuse", prefix: "out/a" });
    expect(losses).toMatchObject([
      { kind: "title", count: 1, names: ["out/a"] },
      { kind: "labels_elsewhere", names: ["out/a"] },
    ]);
  });

  it("refuses all versions where the format holds one, or a label points to one", async () => {
    for (const input of [{ format: "markdown" }, { label: "staging" }]) {
      await expect(admin.call("export_prompts", { versions: "all", ...input })).rejects.toMatchObject({
        code: "invalid_input",
      });
    }
  });
});
