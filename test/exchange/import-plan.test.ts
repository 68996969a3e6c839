import { chmod, mkdir, symlink } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { planImport } from "../../src/exchange/import-plan.ts";
import { readAll, tempLibrary } from "./temp-library.ts";

/** The plan's files below `root`, and its problems. */
async function planned(root: string, ...paths: string[]) {
  const plan = await planImport(paths.length > 0 ? paths.map((path) => join(root, path)) : [root]);
  return {
    files: plan.files.map((file) => file.path.slice(root.length + 1)),
    problems: plan.problems.map(({ path, message }) => `${path.slice(root.length + 1)}: ${message}`),
  };
}

describe("the plan of an import", () => {
  it("lists the files of known types below a folder by path, with their sizes and names", async () => {
    const root = await tempLibrary({
      "b.md": "12345",
      "My Folder/Code Review.MD": "é",
      "a/z.txt": "1",
      "a/data.jsonl": "1",
      "a/b/c.prompt": "1",
      "a.json": "1",
      "c.markdown": "1",
      "d.ndjson": "1",
    });
    const { files, problems } = await planImport([root]);
    expect(problems).toEqual([]);
    expect(
      files.map(({ path, bytes, format, name }) => [path.slice(root.length + 1), bytes, format, name]),
    ).toEqual([
      ["My Folder/Code Review.MD", 2, "markdown", "my-folder/code-review"],
      ["a.json", 1, "json", "a"],
      ["a/b/c.prompt", 1, "dotprompt", "a/b/c"],
      ["a/data.jsonl", 1, "jsonl", "a/data"],
      ["a/z.txt", 1, "text", "a/z"],
      ["b.md", 5, "markdown", "b"],
      ["c.markdown", 1, "markdown", "c"],
      ["d.ndjson", 1, "jsonl", "d"],
    ]);
  });

  it("leaves out hidden files and folders, node_modules and unknown types", async () => {
    const root = await tempLibrary({
      "a.md": "1",
      ".b.md": "1",
      ".git/c.md": "1",
      "node_modules/d.md": "1",
      "e.png": "1",
      Makefile: "1",
    });
    expect(await planned(root)).toEqual({ files: ["a.md"], problems: [] });
  });

  it("takes a file that is named itself, whatever its name is, an unknown type as plain text", async () => {
    const root = await tempLibrary({ ".hidden.md": "1", "notes.rst": "text" });
    const { files } = await planImport([join(root, "notes.rst"), join(root, ".hidden.md")]);
    expect(files.map(({ format, name }) => [format, name])).toEqual([
      ["text", "notes"],
      ["markdown", "hidden"],
    ]);
  });

  it("keeps the order of its arguments and takes no file twice", async () => {
    const root = await tempLibrary({ "a/x.md": "1", "b/y.md": "1", "b/z.md": "1" });
    expect((await planned(root, "b/z.md", "b", "a", "b/../b/y.md")).files).toEqual([
      "b/z.md",
      "b/y.md",
      "a/x.md",
    ]);
  });

  it("has a problem for a path that is not there, and goes on", async () => {
    const root = await tempLibrary({ "a.md": "1" });
    const plan = await planned(root, "nowhere", "a.md/below", "a.md");
    expect(plan.files).toEqual(["a.md"]);
    expect(plan.problems).toEqual([
      "nowhere: There is no such file or folder. Check the path.",
      "a.md/below: There is no such file or folder. Check the path.",
    ]);
  });

  it("has a problem for a folder without prompts", async () => {
    const root = await tempLibrary({ "a.png": "1" });
    expect((await planned(root)).problems).toEqual([
      expect.stringContaining("There are no prompt files in this folder (.md"),
    ]);
  });

  it("has a problem for what is neither file nor folder, and waits for nothing", async () => {
    const root = await tempLibrary();
    const server = createServer().listen(join(root, "s.md"));
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once("listening", resolve));
    expect((await planned(root, "s.md")).problems).toEqual([
      expect.stringContaining("neither a file nor a folder"),
    ]);
    expect((await planned(root)).files).toEqual([]);
  });

  it("has a problem for a folder that may not be read, and lists the others", async () => {
    const root = await tempLibrary({ "a/x.md": "1", "b/y.md": "1", "c/z.md": "1" });
    await chmod(join(root, "b"), 0o000);
    await chmod(join(root, "c/z.md"), 0o000);
    onTestFinished(() => chmod(join(root, "b"), 0o700));
    const { plan, items } = await withoutPrivileges(root, async () => ({
      plan: await planned(root),
      items: await readAll([root]),
    }));
    expect(plan).toEqual({
      files: ["a/x.md", "c/z.md"],
      problems: ["b: It may not be read: permission denied."],
    });
    expect(items.map(({ kind, source }) => [kind, source.path.slice(root.length + 1)])).toEqual([
      ["problem", "b"],
      ["prompt", "a/x.md"],
      ["problem", "c/z.md"],
    ]);
  });
});

describe("links in a folder", () => {
  it("are followed to files and folders inside of it, each of which is listed once, by its own path first", async () => {
    const root = await tempLibrary({ "real/a.md": "1", ".data/b.md": "1", ".data/deep/c.md": "1" });
    await symlink("real/a.md", join(root, "also-a.md"));
    await symlink(".data/b.md", join(root, "b.md"));
    await symlink(".data/deep", join(root, "linked"));
    expect(await planned(root)).toEqual({ files: ["b.md", "linked/c.md", "real/a.md"], problems: [] });
  });

  it("may lead in circles", async () => {
    const root = await tempLibrary({ "a/b/x.md": "1" });
    await symlink("..", join(root, "a/up"));
    await symlink(root, join(root, "a/b/top"));
    await symlink("self", join(root, "self"));
    await symlink("pong", join(root, "ping"));
    await symlink("ping", join(root, "pong"));
    expect(await planned(root)).toEqual({ files: ["a/b/x.md"], problems: [] });
  });

  it("are not followed out of it", async () => {
    const outside = await tempLibrary({ "secret.txt": "1", "folder/x.md": "1", "tool.bin": "1" });
    const root = await tempLibrary({ "a.md": "1" });
    await symlink(join(outside, "secret.txt"), join(root, "b.txt"));
    await symlink(join(outside, "folder"), join(root, "c"));
    await symlink(join(outside, "tool.bin"), join(root, "tool.bin"));
    const plan = await planned(root);
    expect(plan.files).toEqual(["a.md"]);
    expect(plan.problems).toEqual([
      expect.stringMatching(/^b\.txt: .*out of the folder/),
      expect.stringMatching(/^c: .*out of the folder/),
    ]);
  });

  it("that lead nowhere are a problem when they look like prompts", async () => {
    const root = await tempLibrary({ "a.md": "1" });
    await symlink("gone", join(root, "b.md"));
    await symlink("gone", join(root, "c"));
    expect(await planned(root)).toEqual({
      files: ["a.md"],
      problems: ["b.md: There is no such file or folder."],
    });
  });

  it("may be named themselves, wherever they lead", async () => {
    const outside = await tempLibrary({ "x.md": "1" });
    const root = await tempLibrary();
    await mkdir(join(root, "links"));
    await symlink(outside, join(root, "links/library"));
    expect((await planned(root, "links/library")).files).toEqual(["links/library/x.md"]);
  });
});

/** Runs work as a user to whom file modes apply; root passes over them. */
async function withoutPrivileges<T>(root: string, work: () => Promise<T>): Promise<T> {
  if (process.getuid?.() !== 0) return work();
  await chmod(root, 0o755);
  process.seteuid?.(65534);
  try {
    return await work();
  } finally {
    process.seteuid?.(0);
  }
}
