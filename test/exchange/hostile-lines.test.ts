import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { slugFrom } from "../../src/domain/names.ts";
import { descriptionSchema, tagSchema, titleSchema } from "../../src/domain/prompt.ts";
import { findArguments } from "../../src/domain/prompt-body.ts";
import { render } from "../../src/domain/template/render.ts";
import { type ReadItem, readPrompts } from "../../src/exchange/prompt-reader.ts";
import { passageOf } from "../../src/services/passage.ts";

/** As long as a content may be. What looks at each character of it anew from each other one is at it for minutes. */
const N = 250_000;

const LINES: Readonly<Record<string, string>> = {
  "a heading of blanks before a letter": `# a${" ".repeat(N)}b`,
  "a heading of blanks and marks": `# a${" #".repeat(N / 2)}b`,
  "a heading of marks": `# ${"#".repeat(N)}b`,
  "a heading of blanks before a line separator": `#${" ".repeat(N)}\u2028b`,
  "a heading of blanks before a carriage return": `#${" ".repeat(N)}\rb`,
  "a heading of tabs": `#${"\t".repeat(N)}`,
  "hashes without a blank": "#".repeat(N),
  "fences of quotes": "`".repeat(N),
  "an opening of dashes": `---\n${"-".repeat(N)}`,
  "a front matter of dashes and blanks": `---\n${`---${" ".repeat(50)}x\n`.repeat(N / 54)}`,
  "a front matter that a long run of blanks closes": `---\ntitle: T\n---${" ".repeat(N)}x\n---\ntext`,
  "carriage returns": "\r".repeat(N),
  "line ends": `${"\r\n".repeat(N / 2)}x`,
  blanks: `x${" ".repeat(N)}y`,
  braces: "{".repeat(N),
  "open placeholders": "{{a ".repeat(N / 4),
  "placeholders of blanks": `{{${" ".repeat(N)}}}`,
  "one long word": "a".repeat(N),
  "marks on a letter": `a${"\u0301\u0316".repeat(N / 4)}`,
};

/** Several of them make minutes of what one makes half a minute of. */
const COPIES = 5;

async function read(file: string, text: string, copies = 1): Promise<ReadItem[]> {
  const folder = await mkdtemp(join(tmpdir(), "promptforge-hostile-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (let copy = 0; copy < copies; copy++) await writeFile(join(folder, `${copy}-${file}`), text);
  const items: ReadItem[] = [];
  for await (const item of readPrompts([folder])) items.push(item);
  return items;
}

describe.each(Object.entries(LINES))("%s, for 250,000 characters", (_what, line) => {
  it.each(["x.md", "x.prompt", "x.txt"])("is read from %s, or refused, in one pass", async (file) => {
    expect(await read(file, line, COPIES)).toHaveLength(COPIES);
  });

  it("is read from JSON and JSON Lines", async () => {
    const prompt = JSON.stringify({ content: line.trim() === "" ? "x" : line, title: line });
    for (const file of ["x.json", "x.jsonl"]) expect(await read(file, prompt)).toHaveLength(1);
    expect(await read("x.json", `${prompt.slice(0, -1)}${line}`)).toHaveLength(1);
  });

  it("is looked through for arguments, filled, named and quoted", () => {
    const names = findArguments({ content: line }).map(({ name }) => name);
    const values = Object.fromEntries(names.map((name) => [name, ""]));
    expect(render({ contents: [line], values })[0]).toBeTypeOf("string");
    expect(slugFrom(line).length).toBeLessThanOrEqual(200);
    expect(passageOf(line, undefined, ["zzzz", line.slice(-8).toLowerCase()]).length).toBeLessThan(700);
    expect(passageOf(line, { start: N / 2, end: N }, ["zzzz"]).length).toBeLessThan(700);
    for (const schema of [titleSchema, descriptionSchema, tagSchema]) {
      expect(schema.safeParse(line).success).toBeTypeOf("boolean");
    }
  });
});

describe("a Markdown heading", () => {
  it.each([
    ["# Title", "Title"],
    ["# Title ##", "Title"],
    ["## Title\t##  ", "Title"],
    ["# Title#", "Title#"],
    ["# C# and F#", "C# and F#"],
    ["# Title ## more", "Title ## more"],
    ["# \n## \n### Third", "Third"],
    ["#No heading\n# Heading", "Heading"],
  ])("%j is the title %j", async (text, title) => {
    expect(await read("x.md", `${text}\ntext`)).toMatchObject([{ draft: { title } }]);
  });
});
