import { truncate } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nameProblem } from "../../src/domain/names.ts";
import { planImport } from "../../src/exchange/import-plan.ts";
import { placeOf } from "../../src/exchange/prompt-reader.ts";
import { readAll, tempLibrary } from "./temp-library.ts";

async function namesIn(paths: readonly string[], folder?: string) {
  const items = await readAll(paths, folder === undefined ? {} : { folder });
  return items.map((item) => (item.kind === "prompt" ? item.draft.name.value : item.message));
}

describe("reading prompts", () => {
  it("names files by their path below the folder that was given, and by their own name when given themselves", async () => {
    const root = await tempLibrary({ "My Folder/Code Review.md": "a", "top.txt": "b" });
    expect(await namesIn([root])).toEqual(["my-folder/code-review", "top"]);
    expect(await namesIn([join(root, "My Folder")])).toEqual(["code-review"]);
    expect(await namesIn([join(root, "My Folder/Code Review.md")])).toEqual(["code-review"]);
  });

  it("goes on after what it cannot take", async () => {
    const root = await tempLibrary({
      "a.md": "---\n:",
      "b.md": "good",
      "c.json": "{",
      "d.jsonl": '{\n{"content":"x"}',
      "e.txt": "",
    });
    const items = await readAll([join(root, "nowhere.md"), root]);
    expect(items.map(({ kind, source }) => `${kind} ${placeOf(source).slice(root.length + 1)}`)).toEqual([
      "problem nowhere.md",
      "problem a.md:1",
      "prompt b.md",
      "problem c.json:1",
      "problem d.jsonl:1",
      "prompt d.jsonl:2",
      "problem e.txt",
    ]);
  });

  it("puts the folder in front of every name", async () => {
    const root = await tempLibrary({
      "a.md": "text",
      "b.md": "---\nname: own/name\n---\ntext",
      "c.json": '{"title":"From title","content":"x"}',
    });
    expect(await namesIn([root], "/Team/Shared/")).toEqual([
      "team/shared/a",
      "team/shared/own/name",
      "team/shared/from-title",
    ]);
  });

  it.each(["", "/", "a b", "versions", "x".repeat(300)])(
    "refuses the folder %j before it reads",
    async (folder) => {
      await expect(readAll([], { folder })).rejects.toMatchObject({ code: "invalid_input" });
    },
  );

  it("has a problem for a path that is too deep to be a name", async () => {
    const root = await tempLibrary({ "1/2/3/4/5/6/7/8/x.md": "text" });
    expect(await namesIn([root])).toEqual(["The prompt's name: A name has at most 8 parts."]);
  });

  it("has a problem for the second of two prompts with one name, and none for names that can be made unique", async () => {
    const root = await tempLibrary({
      "Code Review.md": "one",
      "code-review.md": "two",
      "x.jsonl":
        '{"title":"T","content":"a"}\n{"title":"T","content":"b"}\n{"name":"n","content":"c"}\n{"name":"N","content":"d"}\n',
    });
    expect(await namesIn([root])).toEqual([
      "code-review",
      expect.stringMatching(/^The name code-review is already that of .*Code Review\.md\./),
      "t",
      "t",
      "n",
      expect.stringMatching(/^The name n is already that of .*x\.jsonl:3\./),
    ]);
  });

  it("has a problem for a file of more than 32 MiB that would be read whole", async () => {
    const root = await tempLibrary({ "a.json": "", "b.md": "text" });
    await truncate(join(root, "a.json"), 32 * 1024 * 1024 + 1);
    expect(await namesIn([root])).toEqual([expect.stringContaining("at most 33554432 (32 MiB)"), "b"]);
  });

  it("tells its progress by the bytes of the plan, all of them at the end", async () => {
    const root = await tempLibrary({
      "a.md": "text",
      "b.json": "{",
      "c.jsonl": '{"content":"x"}\n\n{"content":"é"}',
      "d.txt": "",
    });
    let done = 0;
    await readAll([root], { onProgress: (bytes) => (done += bytes) });
    const { files } = await planImport([root]);
    expect(done).toBe(files.reduce((sum, file) => sum + file.bytes, 0));
  });

  it("gives the same items in the same order each time", async () => {
    const root = await tempLibrary({
      "z.md": "1",
      "a/y.md": "2",
      "a.md": "3",
      "B.md": "4",
      "list.json": '[{"content":"5"},6]',
    });
    expect(await readAll([root])).toEqual(await readAll([root]));
  });

  it("gives every file a usable name, whatever it is called", async () => {
    const part = fc
      .string({ unit: "grapheme", minLength: 1, maxLength: 7 })
      .filter((text) => /^[^./\0][^/\0]*$/.test(text));
    await fc.assert(
      fc.asyncProperty(part, part, async (folder, file) => {
        fc.pre(folder !== "node_modules");
        const root = await tempLibrary({ [join(folder, `${file}.md`)]: "text" });
        const [name, ...more] = await namesIn([root]);
        expect(more).toEqual([]);
        expect(nameProblem(name ?? "")).toBeUndefined();
        expect(name?.split("/")).toHaveLength(2);
      }),
      { numRuns: 50 },
    );
  });
});
