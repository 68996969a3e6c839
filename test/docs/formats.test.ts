import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { exportAll, FORMAT_NAMES, importAll, newTenant } from "../exchange/worlds.ts";
import { type Library, openLibrary, type TestMember } from "../support/library.ts";

const PAGE = await readFile(join(import.meta.dirname, "../../docs/formats.md"), "utf8");
const examples = [...PAGE.matchAll(/<!-- file: (\S+) (\S+) -->\n```\w*\n(.*?)```/gs)].map(
  ([, format = "", path = "", text = ""]) => ({ format, path, text }),
);

let library: Library;
let admin: TestMember;
beforeAll(async () => {
  library = await openLibrary();
  admin = await library.found("reader");
});
afterAll(() => library.close());

describe("the page on formats", () => {
  it("has an example of each format", () => {
    expect(examples.map(({ format }) => format)).toEqual([...FORMAT_NAMES]);
  });

  it.each(examples)("shows $format as it is written, and read", async ({ format, path, text }) => {
    const member = await newTenant(library, admin);
    const example = { path, text };
    await importAll(member, [example], { format });
    const versions = format === "jsonl" ? "all" : "latest";
    const { files } = await exportAll(member, { format, versions });
    expect(files).toEqual([example]);
    const { items } = await member.call("list_prompts", { include_content: true });
    expect(items).toMatchObject([{ content: "Sort {{message}} by urgency." }]);
  });
});
