import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readPrompts } from "../../src/exchange/prompt-reader.ts";
import { draftOf, problemsOf, readAll, readFileWith, tempLibrary } from "./temp-library.ts";

describe("a JSON Lines file", () => {
  it.each(["x.jsonl", "x.ndjson"])("has a prompt on each line that is not blank: %s", async (name) => {
    const items = await readFileWith(name, '\ufeff{"content":"a"}\r\n\r\n  \n{"prompt":"b"}');
    expect(items).toMatchObject([
      { kind: "prompt", source: { line: 1 }, draft: { content: "a" } },
      { kind: "prompt", source: { line: 4 }, draft: { content: "b" } },
    ]);
  });

  it("names the line of each bad one and goes on", async () => {
    const lines = [
      '{"content":"a"}',
      '{"content":"b"',
      '["c"]',
      '{"content":"d","content":"e"}',
      '{"content":"f","x":{"k":1,"k":2}}',
      `{"content":"${"x".repeat(256 * 1024 + 1)}"}`,
      "\u00ff",
      '{"content":"g"}',
    ];
    const items = await readFileWith("x.jsonl", Buffer.from(lines.join("\n"), "latin1"));
    expect(items.map(({ kind, source }) => (kind === "problem" ? source.line : kind))).toEqual([
      "prompt",
      2,
      3,
      4,
      5,
      6,
      7,
      "prompt",
    ]);
  });

  it("may hold line separators inside of strings", async () => {
    expect((await draftOf("x.jsonl", '{"content":"a\u2028b\u2029c\u0085d"}')).content).toBe(
      "a\u2028b\u2029c\u0085d",
    );
  });

  it("takes contents of every kind as they are", async () => {
    const contents = fc.array(
      fc
        .string({ unit: "binary", minLength: 1 })
        .filter((text) => text.trim() !== "" && !text.includes("\0")),
      { minLength: 1 },
    );
    await fc.assert(
      fc.asyncProperty(contents, async (all) => {
        const items = await readFileWith(
          "x.jsonl",
          all.map((content) => `${JSON.stringify({ content })}\n`).join(""),
        );
        expect(items.map((item) => item.kind === "prompt" && item.draft.content)).toEqual(all);
      }),
      { numRuns: 50 },
    );
  });

  it("is a problem when it holds nothing", async () => {
    expect(await problemsOf("x.jsonl", "")).toMatchObject([{ line: undefined, message: /empty/ }]);
    expect(await problemsOf("x.jsonl", "\n \n")).toMatchObject([{ line: undefined, message: /empty/ }]);
  });

  it("loses a line of more than 4 MiB, and no other", async () => {
    const text = `{"content":"a"}\n{"x":"${"y".repeat(4 * 1024 * 1024)}"}\n{"content":"b"}\n`;
    const items = await readFileWith("x.jsonl", text);
    expect(items.map(({ kind, source }) => [kind, source.line])).toEqual([
      ["prompt", 1],
      ["problem", 2],
      ["prompt", 3],
    ]);
  });

  it("may be larger than any file that is read whole, with its progress told line by line", async () => {
    const path = join(await tempLibrary({ "x.jsonl": "" }), "x.jsonl");
    const line = `${JSON.stringify({ title: "T", content: "c".repeat(100_000) })}\n`;
    const count = Math.ceil((33 * 1024 * 1024) / line.length);
    await using file = await open(path, "a");
    for (let n = 0; n < count; n++) await file.write(line);

    const steps: number[] = [];
    let prompts = 0;
    for await (const item of readPrompts([path], { onProgress: (bytes) => steps.push(bytes) })) {
      if (item.kind === "prompt") prompts += 1;
    }
    expect(prompts).toBe(count);
    expect(steps).toHaveLength(count);
    expect(steps.reduce((sum, bytes) => sum + bytes, 0)).toBe((await stat(path)).size);
  });

  it("lets go of the file when its reader stops early", async () => {
    const root = await tempLibrary({ "x.jsonl": '{"content":"a"}\n{"content":"b"}\n' });
    for await (const item of readPrompts([root])) {
      expect(item.kind).toBe("prompt");
      break;
    }
    expect(await readAll([root])).toHaveLength(2);
  });
});
