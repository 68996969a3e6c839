import { link, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Folder, foundedFolder } from "./processes.ts";

let folder: Folder;
let out: string;
beforeEach(async () => {
  folder = await foundedFolder();
  out = join(folder.path, "out");
  const lines = [
    { name: "team/a", version: 1, title: "A", content: "one", tags: ["x"] },
    { name: "team/a", version: 2, title: "A", content: "two", tags: ["x"], labels: ["staging"] },
    { name: "b", version: 1, title: "B", content: "Ask {{what}}" },
  ];
  const file = join(folder.path, "library.jsonl");
  await writeFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  await folder.json(["import", file]);
});
afterEach(() => folder.remove());

describe("promptforge export", () => {
  it("writes JSON Lines to standard output, which import takes back as they were", async () => {
    const { stdout } = await folder.run(["export", "--versions", "all"]);
    const file = join(folder.path, "again.jsonl");
    await writeFile(file, stdout);
    expect(stdout.trimEnd().split("\n")).toHaveLength(3);
    expect(await folder.json(["import", file])).toMatchObject({ created: 0, updated: 0, unchanged: 2 });
  });

  it("writes a file for each prompt below a folder, and tells what is lost", async () => {
    const { code, stderr } = await folder.run(["export", "--format", "claude-command", "--to", out]);
    expect(code).toBe(0);
    expect(await readFile(join(out, "team/a.md"), "utf8")).toContain("two");
    expect(await readFile(join(out, "b.md"), "utf8")).toContain("Ask $ARGUMENTS");
    expect(stderr).toContain("The format has no labels. (1: team/a)");
  });

  it("leaves a file alone that says something else, unless it may be overwritten", async () => {
    await mkdir(out);
    await writeFile(join(out, "b.md"), "mine");
    const args = ["export", "b", "--format", "markdown", "--to", out];
    expect((await folder.run(args)).code).toBe(6);
    expect(await readFile(join(out, "b.md"), "utf8")).toBe("mine");
    expect((await folder.run([...args, "--overwrite"])).code).toBe(0);
    expect((await folder.run(args)).code).toBe(0);
  });

  it("writes nothing by a link that leads out of the folder", async () => {
    const elsewhere = join(folder.path, "elsewhere");
    await mkdir(elsewhere);
    await mkdir(out);
    await symlink(elsewhere, join(out, "team"));
    for (const format of ["markdown", "skill"]) {
      const args = ["export", "team/a", "--format", format, "--to", out];
      expect((await folder.run(args)).code).toBe(2);
      expect((await folder.run([...args, "--overwrite"])).code).toBe(2);
    }
    expect(await readdir(elsewhere)).toEqual([]);
  });

  it("overwrites no file outside of the folder by a link to it, of either kind", async () => {
    const [soft, hard] = [join(folder.path, "soft.md"), join(folder.path, "hard.md")];
    for (const path of [soft, hard]) await writeFile(path, "mine");
    await mkdir(join(out, "team"), { recursive: true });
    await symlink(soft, join(out, "b.md"));
    await link(hard, join(out, "team/a.md"));
    const args = (name: string) => ["export", name, "--format", "markdown", "--to", out, "--overwrite"];
    const refused = await folder.run(args("b"));
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("is a link")]);
    expect((await folder.run(args("team/a"))).code).toBe(0);
    expect(await readFile(join(out, "team/a.md"), "utf8")).toContain("two");
    expect(await readdir(join(out, "team"))).toEqual(["a.md"]);
    for (const path of [soft, hard]) expect(await readFile(path, "utf8")).toBe("mine");
  });

  it("asks for a place for a format of many files, and for a format that holds all versions", async () => {
    expect((await folder.run(["export", "--format", "skill"])).stderr).toContain("--to FOLDER");
    const all = await folder.run(["export", "--format", "skill", "--to", out, "--versions", "all"]);
    expect(all.code).toBe(2);
    expect(all.stderr).toContain("jsonl or langfuse");
  });
});

describe("promptforge import of a format", () => {
  it("reads files as what they are told to be, and skips names in use where that is asked for", async () => {
    const file = join(folder.path, "b.txt");
    await writeFile(file, "---\nargument-hint: [what] [more]\n---\nAsk $1 about $2");
    const { stdout, code } = await folder.run([
      "import",
      file,
      "--format",
      "claude-command",
      "--on-existing",
      "skip",
    ]);
    expect([code, stdout]).toEqual([0, "0 created, 0 updated, 0 unchanged, 1 skipped, 0 failed\n"]);
    await folder.json(["import", file, "--format", "claude-command", "--folder", "cmd"]);
    expect(await folder.json(["get", "cmd/b"])).toMatchObject({ content: "Ask {{what}} about {{more}}" });
  });
});
