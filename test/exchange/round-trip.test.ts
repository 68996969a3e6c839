import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FormatName } from "../../src/exchange/formats/format.ts";
import { fromLangfuseText, toLangfuseText } from "../../src/exchange/formats/langfuse-includes.ts";
import { type Library, openLibrary, type TestMember } from "../support/library.ts";
import { asJsonLines, libraries } from "./random-libraries.ts";
import { exportAll, FORMAT_NAMES, HISTORIES, importAll, newTenant } from "./worlds.ts";

let library: Library;
let admin: TestMember;
beforeAll(async () => {
  library = await openLibrary();
  admin = await library.found("exchange");
});
afterAll(() => library.close());

/** A text, or an entry of a chat, as the format gives it back: Langfuse's spells includes in its own way. */
const keptIn =
  (format: FormatName) =>
  <Entry extends object>(entry: Entry): Entry =>
    format === "langfuse" && "content" in entry && typeof entry.content === "string"
      ? { ...entry, content: fromLangfuseText(toLangfuseText(entry.content)) }
      : entry;

const tenant = () => newTenant(library, admin);

/** What is exported is imported into an empty tenant and exported from there. */
async function thereAndBack(member: TestMember, input: Record<string, unknown> & { format: string }) {
  const first = await exportAll(member, input);
  const other = await tenant();
  await importAll(other, first.files, { format: input.format });
  return { first, again: await exportAll(other, input), other };
}

describe("export_prompts after import_prompts", () => {
  it.each(FORMAT_NAMES)("gives every byte of %s again, whatever the library holds", async (format) => {
    await fc.assert(
      fc.asyncProperty(libraries, async (lines) => {
        const member = await tenant();
        await importAll(member, [asJsonLines(lines)]);
        const { first, again } = await thereAndBack(member, { format });
        expect(again.files).toEqual(first.files);
        expect(first.versions).toBe(new Set(lines.map(({ name }) => name)).size);
      }),
      { numRuns: 15 },
    );
  });

  it.each(HISTORIES)("gives every version and label in %s again", async (format) => {
    await fc.assert(
      fc.asyncProperty(libraries, async (lines) => {
        const member = await tenant();
        await importAll(member, [asJsonLines(lines)]);
        const { first, again, other } = await thereAndBack(member, { format, versions: "all" });
        expect(again.files).toEqual(first.files);
        expect(first.versions).toBe(lines.length);
        for (const name of new Set(lines.map((line) => line.name))) {
          const { items } = await other.call("get_versions", { name });
          const told = lines.filter((line) => line.name === name).reverse();
          expect(items).toMatchObject(
            told.map(({ version: number, content, messages }) => ({
              number,
              ...(messages ? { messages: messages.map(keptIn(format)) } : keptIn(format)({ content })),
            })),
          );
        }
      }),
      { numRuns: 10 },
    );
  });
});

const data = process.env["PROMPTFORGE_TEST_DATA"];
if (data === undefined) {
  console.warn("Skipped: exchange of real prompts needs PROMPTFORGE_TEST_DATA, a folder with prompts.jsonl");
}

/** For some thousand prompts, each written by itself and to the disk. */
const TIMEOUT = 600_000;

describe.skipIf(data === undefined)("the prompts of PROMPTFORGE_TEST_DATA", { timeout: TIMEOUT }, () => {
  let member: TestMember;
  let count: number;
  beforeAll(async () => {
    const text = await readFile(join(data ?? "", "prompts.jsonl"), "utf8");
    count = text.split("\n").filter((line) => line.trim() !== "").length;
    member = await tenant();
    await importAll(member, [{ path: "prompts.jsonl", text }]);
  }, TIMEOUT);

  it.each(FORMAT_NAMES)("go out as %s, in and out again, without a byte of difference", async (format) => {
    const { first, again } = await thereAndBack(member, { format });
    expect(first.versions).toBe(count);
    expect(again.files).toEqual(first.files);
    const bytes = first.files.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
    console.info(`${format}: ${count} prompts, ${first.files.length} files, ${bytes} bytes, identical`);
  });
});
