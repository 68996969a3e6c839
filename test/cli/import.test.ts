import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openLibrary } from "../support/library.ts";
import { type Folder, foundedFolder, type Started } from "./processes.ts";

let folder: Folder;
let prompts: string;
beforeEach(async () => {
  folder = await foundedFolder();
  prompts = join(folder.path, "prompts");
  await mkdir(join(prompts, "support"), { recursive: true });
});
afterEach(() => folder.remove());

async function write(path: string, ...lines: string[]): Promise<string> {
  const full = join(prompts, path);
  await writeFile(full, lines.join("\n"));
  return full;
}

async function names(): Promise<string[]> {
  const { items } = await folder.json(["list"]);
  return items.map((item: { name: string }) => item.name);
}

const NOTHING = { created: 0, updated: 0, unchanged: 0, skipped: 0, failed: 0 };

describe("promptforge import", () => {
  it("takes files of every kind, and changes nothing the second time", async () => {
    await write("support/triage.md", "---", "title: Triage", "tags: [email]", "---", "Sort {{message}}.");
    await write("haiku.prompt", "---", "description: Short", "---", "Write a haiku about {{topic}}.");
    await write("plain.txt", "Just text.");
    await write("one.json", '{"name": "json/one", "content": "From JSON"}');
    await write(
      "many.jsonl",
      '{"title": "First line", "content": "A"}',
      '{"title": "Second line", "content": "B"}',
    );
    expect(await folder.json(["import", prompts])).toEqual({
      ...NOTHING,
      created: 6,
      problems: [],
      notes: [],
      not_taken: {},
      pending: 6,
    });
    expect(await names()).toEqual([
      "first-line",
      "haiku",
      "json/one",
      "plain",
      "second-line",
      "support/triage",
    ]);
    expect(await folder.json(["get", "support/triage"])).toMatchObject({
      title: "Triage",
      tags: ["email"],
      content: "Sort {{message}}.",
    });
    expect(await folder.json(["import", prompts])).toMatchObject({ ...NOTHING, unchanged: 6 });
    expect((await folder.json(["versions", "support/triage"])).items).toHaveLength(1);
  });

  it("reports what it cannot take with file and line, and takes the rest", async () => {
    const bad = await write(
      "bad.jsonl",
      '{"content": "Good"}',
      "{broken",
      '{"title": "Empty"}',
      '{"content": "Good, too"}',
    );
    const { code, stdout, stderr } = await folder.run(["import", bad, join(prompts, "absent.md")]);
    expect(code).toBe(2);
    expect(stdout).toBe("2 created, 0 updated, 0 unchanged, 3 failed\n");
    expect(stderr).toContain(`${bad}:2: `);
    expect(stderr).toContain(`${bad}:3: `);
    expect(stderr).toContain("absent.md: There is no such file");
    const again = await folder.run(["import", bad, "--json"]);
    expect(again.code).toBe(2);
    expect(JSON.parse(again.stdout)).toMatchObject({
      unchanged: 2,
      failed: 2,
      problems: [
        { path: bad, line: 2, message: expect.any(String) },
        { path: bad, line: 3, message: expect.any(String) },
      ],
    });
  });

  it("adds a version where a file says something else, and keeps what the file leaves out", async () => {
    const file = await write("support/triage.md", "---", "title: Triage", "---", "One");
    await folder.json(["import", prompts]);
    await folder.json(["update", "support/triage", "--tags", "mine"]);
    expect(await folder.json(["import", prompts])).toMatchObject({ unchanged: 1 });
    await writeFile(file, "---\ntitle: Triage\n---\nTwo");
    expect(await folder.json(["import", prompts])).toMatchObject({ updated: 1 });
    expect(await folder.json(["get", "support/triage"])).toMatchObject({
      version: 3,
      content: "Two",
      tags: ["mine"],
    });
  });

  it("numbers derived names in the order of the files, past the chosen ones, the same each time", async () => {
    const same = (content: string) => JSON.stringify({ title: "Same title", content });
    await write("a.jsonl", same("A"), same("B"), same("C"));
    await write("b.jsonl", JSON.stringify({ name: "same-title-2", content: "Chosen" }));
    expect(await folder.json(["import", prompts])).toMatchObject({ created: 4 });
    expect(await names()).toEqual(["same-title", "same-title-2", "same-title-3", "same-title-4"]);
    expect((await folder.run(["get", "same-title-2"])).stdout).toBe("Chosen");
    expect((await folder.run(["get", "same-title-3"])).stdout).toBe("B");
    expect(await folder.json(["import", prompts])).toMatchObject({ ...NOTHING, unchanged: 4 });
  });

  it("refuses a chosen name the second time in one run", async () => {
    await write("a.jsonl", '{"name": "x", "content": "One"}', '{"name": "x", "content": "Two"}');
    const { code, stderr } = await folder.run(["import", prompts]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/a\.jsonl:2: .*a\.jsonl:1/);
    expect((await folder.run(["get", "x"])).stdout).toBe("One");
  });

  it("puts a folder in front of every name", async () => {
    await write("plain.txt", "Text");
    await folder.json(["import", prompts, "--folder", "Team/Support"]);
    expect(await names()).toEqual(["team/support/plain"]);
    expect(await folder.run(["import", prompts, "--folder", "no good"])).toMatchObject({ code: 2 });
  });

  it("leaves archived prompts where they are, and says so", async () => {
    await write("plain.txt", "Text");
    await folder.json(["import", prompts]);
    await folder.json(["archive", "plain"]);
    const { code, stderr } = await folder.run(["import", prompts]);
    expect(code).toBe(2);
    expect(stderr).toContain("Restore it first with `promptforge restore`");
    expect(await names()).toEqual([]);
  });

  it("only tells what it would do with --dry-run", async () => {
    await write("plain.txt", "Text");
    const { stdout } = await folder.run(["import", prompts, "--dry-run"]);
    expect(stdout).toBe("Would be: 1 created, 0 updated, 0 unchanged, 0 failed\n");
    expect(await names()).toEqual([]);
  });

  it("needs the permission to write", async () => {
    await write("plain.txt", "Text");
    const { secret } = await folder.json(["token", "create", "reader", "--role", "viewer"]);
    const { code, stderr } = await folder.run(["import", prompts], { env: { PROMPTFORGE_TOKEN: secret } });
    expect(code).toBe(4);
    expect(stderr).toContain("prompts:write");
  });

  it("makes everything findable by meaning with --wait", async () => {
    await write("plain.txt", "Write a short poem in three lines about the weather.");
    expect(await folder.json(["import", prompts, "--wait"])).toMatchObject({ created: 1, pending: 0 });
    const { items } = await folder.json(["search", "haiku on a thunderstorm"]);
    expect(items[0]).toMatchObject({ name: "plain", why: "meaning" });
    const { stderr } = await folder.run(["import", prompts]);
    expect(stderr).toBe("");
  });
});

const COUNT = 300;
/** Near enough to the start that most of the import still lies ahead when its problem is reported. */
const BAD_LINE = 20;

async function manyWithOneBad(): Promise<string> {
  const lines = Array.from({ length: COUNT }, (_, n) =>
    JSON.stringify({ title: `Prompt ${n}`, content: `Text ${n}` }),
  );
  return write("many.jsonl", ...lines.toSpliced(BAD_LINE - 1, 0, "not JSON"));
}

/** Resolves when the import has come to the bad line. */
async function atBadLine({ child }: Started): Promise<void> {
  for await (const line of createInterface(child.stderr!)) {
    if (line.includes(`many.jsonl:${BAD_LINE}: `)) return;
  }
  throw new Error("The import did not come to the bad line");
}

async function expectAllWhole(): Promise<void> {
  const { items } = await folder.json(["list", "--limit", "500", "--sort", "created_at"]);
  expect(items).toHaveLength(COUNT);
  expect(items.filter((item: { version: number }) => item.version !== 1)).toEqual([]);
  expect((await folder.run(["get", "prompt-0"])).stdout).toBe("Text 0");
  expect((await folder.run(["get", `prompt-${COUNT - 1}`])).stdout).toBe(`Text ${COUNT - 1}`);
}

describe("an import that does not come to its end", () => {
  it("is whole after kill -9 and another import: every prompt once, none twice", async () => {
    const file = await manyWithOneBad();
    const started = folder.start(["import", file]);
    await atBadLine(started);
    started.child.kill("SIGKILL");
    expect((await started.ended).signal).toBe("SIGKILL");

    const { stdout } = await folder.run(["import", file, "--json"]);
    const { created, updated, unchanged, failed } = JSON.parse(stdout);
    expect({ total: created + unchanged, updated, failed }).toEqual({ total: COUNT, updated: 0, failed: 1 });
    // What was reported as done before the kill was in.
    expect(unchanged).toBeGreaterThanOrEqual(BAD_LINE - 1);
    await expectAllWhole();
  });

  it("ends in order at Ctrl-C, with a summary, and goes on from there the next time", async () => {
    const file = await manyWithOneBad();
    const started = folder.start(["import", file, "--json"]);
    await atBadLine(started);
    started.child.kill("SIGINT");
    const { code, stdout } = await started.ended;
    const first = JSON.parse(stdout);
    expect(code).toBe(130);
    expect(first.created).toBeGreaterThanOrEqual(BAD_LINE - 1);
    const second = JSON.parse((await folder.run(["import", file, "--json"])).stdout);
    expect(second).toMatchObject({ unchanged: first.created, created: COUNT - first.created, updated: 0 });
    await expectAllWhole();
  });
});

const testData = process.env["PROMPTFORGE_TEST_DATA"];
if (testData === undefined) {
  console.warn(
    "Skipped: the import of a large file of real prompts needs PROMPTFORGE_TEST_DATA, a folder with prompts.jsonl",
  );
}

describe.skipIf(testData === undefined)("a large file of real prompts", () => {
  it("goes in whole, each under a name of its own, again without a change, and unseen by another tenant", async () => {
    const file = join(testData ?? "", "prompts.jsonl");
    const lines = (await readFile(file, "utf8")).split("\n").filter((line) => line.trim() !== "");
    const first = await folder.json(["import", file]);
    expect(first).toMatchObject({ created: lines.length, updated: 0, unchanged: 0, failed: 0 });
    expect(await folder.json(["import", file])).toMatchObject({ ...NOTHING, unchanged: lines.length });

    const names = new Set<string>();
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await folder.json(["list", "--limit", "500", ...(cursor ? ["--cursor", cursor] : [])]);
      for (const item of page.items) names.add(item.name);
      cursor = page.next_cursor;
    }
    expect(names.size).toBe(lines.length);

    const library = await openLibrary({ dataDir: folder.dataDir });
    try {
      const stranger = await library.found("stranger");
      const { title } = JSON.parse(lines[1] ?? "");
      expect(await stranger.call("list_prompts")).toEqual({ items: [], next_cursor: null });
      expect((await stranger.call("search_prompts", { query: title })).items).toEqual([]);
      expect(await stranger.call("complete_names", {})).toEqual({ names: [], more: false });
      for (const name of [...names].slice(0, 50)) {
        for (const operation of [
          "get_prompt",
          "get_versions",
          "render_prompt",
          "archive_prompt",
          "find_similar",
        ]) {
          await expect(stranger.call(operation, { name })).rejects.toMatchObject({ code: "not_found" });
        }
      }
    } finally {
      await library.close();
    }
  });
});
