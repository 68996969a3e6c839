import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FORMAT_NAMES, type FormatName } from "../../src/exchange/formats/format.ts";
import { readTexts } from "../../src/exchange/prompt-reader.ts";
import { planTexts } from "../../src/exchange/text-files.ts";
import { type Library, openLibrary, type TestMember } from "../support/library.ts";

const PATHS: Readonly<Record<FormatName, string>> = {
  jsonl: "x.jsonl",
  markdown: "x.md",
  dotprompt: "x.prompt",
  skill: "x/SKILL.md",
  "claude-command": ".claude/commands/x.md",
  "prompts-chat": "x.csv",
  langfuse: "x.json",
};

function read(format: FormatName, text: string) {
  return [...readTexts(planTexts([{ path: PATHS[format], text }], format))];
}

const bomb = [
  "a: &a [x, x, x, x, x, x, x, x, x]",
  ...["b", "c", "d", "e", "f", "g"].map(
    (name, index) => `${name}: &${name} [${`*${"abcdef"[index]}, `.repeat(9).slice(0, -2)}]`,
  ),
  "tags: *g",
].join("\n");

/** Texts at which a reader could hang, grow without end, throw, or reach a prototype. */
const HOSTILE: Readonly<Record<string, string>> = {
  nothing: "",
  "a NUL": "\0",
  "half a character": "\ud800",
  "a YAML bomb": `---\n${bomb}\n---\ntext`,
  "an alias of itself": "---\ntags: &a [*a]\n---\ntext",
  "a YAML tag": "---\ntitle: !!js/function 'function(){}'\n---\ntext",
  "a YAML merge key": "---\nbase: &b {title: B}\n<<: *b\n---\ntext",
  "prototype keys in YAML":
    "---\n__proto__: {title: bad}\nconstructor: {prototype: {x: 1}}\nmetadata: {__proto__: {x: 1}}\n---\ntext",
  "prototype keys in JSON":
    '{"__proto__": {"title": "bad"}, "constructor": {"prototype": {"x": 1}}, "name": "x", "version": 1, "content": "y"}',
  "prototype columns": "__proto__,constructor,prompt,toString\na,b,c,d\n",
  "deep JSON": "[".repeat(100_000),
  "deep YAML": `---\n${"- ".repeat(20_000)}\n---\ntext`,
  "front matter without an end": `---\n${"a: b\n".repeat(5_000)}`,
  "a huge CSV field": `act,prompt\nT,"${"x".repeat(5 * 1024 * 1024)}"\n`,
  "an open CSV quote": `act,prompt\nT,"${"x\n".repeat(2_000)}`,
  "too many CSV fields": "act,prompt\na,b,c,d\n",
  "too few CSV fields": "act,prompt\na\n",
  "a CSV header alone": "act,prompt\n",
  "a CSV without a prompt": "one,two\na,b\n",
  "many dollars": `---\nargument-hint: ${"[a] ".repeat(10_000)}\n---\n${"$1$ARGUMENTS$a$$ ".repeat(20_000)}`,
  "an open hint": "---\nargument-hint: [[[[[\n---\nx",
  "a chat without messages": '[{"name": "x", "version": 1, "type": "chat", "prompt": 7, "labels": {}}]',
  "a version that is no number":
    '{"name": "x", "version": 1e308, "labels": [{}, null, "a b"], "content": "y"}',
};

describe.each(FORMAT_NAMES)("reading %s", (format) => {
  it.each(Object.entries(HOSTILE))("comes to an end with %s, by prompts and problems alone", (_, text) => {
    for (const item of read(format, text)) {
      if (item.kind === "problem") {
        expect(item.message).not.toBe("");
        expect(item.message.length).toBeLessThanOrEqual(500);
      } else expect(item.draft.title).not.toBe("bad");
    }
    expect(Object.prototype).not.toHaveProperty("x");
    expect(Object.prototype).not.toHaveProperty("title");
  });
});

describe("a record of a file that cannot be taken", () => {
  it("is told with its line, and the others are taken", () => {
    const items = read("prompts-chat", 'act,prompt\nOne,"a\nb"\nTwo,c,d\nThree,e\n');
    expect(items.map(({ kind, source }) => [kind, source.line])).toEqual([
      ["prompt", 2],
      ["problem", 4],
      ["prompt", 5],
    ]);
  });
});

describe("hostile files, over import_prompts", () => {
  let library: Library;
  let admin: TestMember;
  beforeAll(async () => {
    library = await openLibrary();
    admin = await library.found("ada");
  });
  afterAll(() => library.close());

  it("give a report, and leave no prompt half written", async () => {
    const files = FORMAT_NAMES.flatMap((format, n) =>
      Object.values(HOSTILE).map((text, m) => ({
        path: `${n}-${m}/${PATHS[format].replace(".claude/commands/", "")}`,
        text,
      })),
    );
    const report = await admin.call("import_prompts", { files });
    expect(report.created + report.failed).toBe(report.items.length);
    const { items } = await admin.call("list_prompts", { include_content: true, limit: 100 });
    for (const { content } of items) expect(content.trim()).not.toBe("");
  });

  it("are refused where there are too many", async () => {
    const many = `${JSON.stringify({ content: "x" })}\n`.repeat(50_001);
    const files = [{ path: "x.jsonl", text: many }];
    await expect(admin.call("import_prompts", { files })).rejects.toMatchObject({ code: "too_large" });
    const large = Array.from({ length: 3 }, (_, n) => ({
      path: `${n}.md`,
      text: "x".repeat(30 * 1024 * 1024),
    }));
    await expect(admin.call("import_prompts", { files: large })).rejects.toMatchObject({ code: "too_large" });
  });
});
