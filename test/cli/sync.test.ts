import { mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Folder, foundedFolder } from "./processes.ts";

const MEMORY = ".promptforge-sync.json";

let folder: Folder;
let repo: string;
beforeEach(async () => {
  folder = await foundedFolder();
  repo = join(folder.path, "repo");
  await mkdir(join(repo, "team"), { recursive: true });
});
afterEach(() => folder.remove());

const read = (path: string) => readFile(join(repo, path), "utf8");
const write = (path: string, text: string) => writeFile(join(repo, path), text);
const get = (name: string) => folder.json(["get", name]);

/** What became of each prompt, and the exit code. */
async function sync(...flags: string[]) {
  const { code, stdout, stderr } = await folder.run(["sync", repo, "--json", ...flags]);
  if (stdout === "") throw new Error(stderr);
  const document = JSON.parse(stdout);
  const steps: { change: string; name: string; outcome: string; reason?: string }[] = document.steps;
  return {
    code,
    document,
    steps: steps.map(({ change, name, outcome, reason }) => [
      change,
      name,
      outcome,
      ...(reason ? [reason] : []),
    ]),
  };
}

/** `team/here` came from the folder, `there` from the library. */
async function inStep() {
  await write("team/here.md", "From the folder\n");
  await folder.json(["create", "there", "--title", "There", "--content", "From the library"]);
  expect((await sync()).code).toBe(0);
}

describe("promptforge sync", () => {
  it("brings each side what the other has, and finds nothing to do the second time", async () => {
    await inStep();
    expect(await get("team/here")).toMatchObject({ content: "From the folder", version: 1 });
    expect(await read("there.md")).toBe("---\ntitle: There\n---\n\nFrom the library\n");
    const memory = await read(MEMORY);
    expect(memory.split("\n").map((line) => /"name":"([^"]+)"/.exec(line)?.[1])).toEqual(
      expect.arrayContaining(["team/here", "there"]),
    );
    expect(await sync()).toMatchObject({ code: 0, steps: [] });
    expect(await read(MEMORY)).toBe(memory);
    const { stdout } = await folder.run(["sync", repo]);
    expect(stdout).toBe("The folder and the library are in step.\n");
  });

  it("tells what it would do, and does nothing, under --dry-run", async () => {
    await inStep();
    const memory = await read(MEMORY);
    await write("team/here.md", "Changed here\n");
    await rm(join(repo, "there.md"));
    expect(await sync("--dry-run")).toMatchObject({
      code: 0,
      steps: [
        ["changed_here", "team/here", "planned"],
        ["deleted_here", "there", "planned"],
      ],
    });
    expect(await read(MEMORY)).toBe(memory);
    expect(await get("team/here")).toMatchObject({ version: 1 });
    expect(await get("there")).toMatchObject({ archived_at: null });
  });

  it("carries changes of one side to the other", async () => {
    await inStep();
    await write("team/here.md", "Changed here\n");
    await folder.json(["update", "there", "--content", "Changed there"]);
    expect(await sync()).toMatchObject({
      code: 0,
      steps: [
        ["changed_here", "team/here", "done"],
        ["changed_there", "there", "done"],
      ],
    });
    expect(await get("team/here")).toMatchObject({ content: "Changed here", version: 2 });
    expect(await read("there.md")).toContain("Changed there");
    expect((await sync()).steps).toEqual([]);
  });

  it("archives a prompt whose file is gone, and removes the file of an archived prompt", async () => {
    await inStep();
    await rm(join(repo, "team/here.md"));
    await folder.json(["archive", "there"]);
    expect(await sync()).toMatchObject({
      code: 0,
      steps: [
        ["deleted_here", "team/here", "done"],
        ["deleted_there", "there", "done"],
      ],
    });
    expect(await get("team/here")).toMatchObject({
      archived_at: expect.any(String),
      content: "From the folder",
    });
    expect((await readdir(repo)).sort()).toEqual([MEMORY, "team"]);
    expect((await sync()).steps).toEqual([]);
  });

  it("names conflicts and leaves both sides, while the rest goes on", async () => {
    await inStep();
    await write("there.md", "Changed here\n");
    await folder.json(["update", "there", "--content", "Changed there"]);
    await write("more.md", "More\n");
    expect(await sync()).toMatchObject({
      code: 6,
      steps: [
        ["added_here", "more", "done"],
        ["conflict", "there", "left", "both_changed"],
      ],
    });
    expect(await read("there.md")).toBe("Changed here\n");
    expect(await get("there")).toMatchObject({ content: "Changed there", version: 2 });
    const told = await folder.run(["sync", repo]);
    expect([told.code, told.stdout]).toEqual([
      6,
      "conflict       there  (there.md): The file and the prompt have both changed.\n",
    ]);
    // Whoever makes both sides say the same has resolved it.
    await folder.run(["export", "there", "--format", "markdown", "--to", repo, "--overwrite"]);
    expect(await sync()).toMatchObject({ code: 0, steps: [["in_step", "there", "done"]] });
  });

  it("leaves a changed file whose prompt was archived, and a changed prompt whose file is gone", async () => {
    await inStep();
    await write("there.md", "Changed here\n");
    await folder.json(["archive", "there"]);
    await rm(join(repo, "team/here.md"));
    await folder.json(["update", "team/here", "--content", "Changed there"]);
    expect(await sync()).toMatchObject({
      code: 6,
      steps: [
        ["conflict", "team/here", "left", "changed_there"],
        ["conflict", "there", "left", "changed_here"],
      ],
    });
    expect(await read("there.md")).toBe("Changed here\n");
    expect(await get("team/here")).toMatchObject({ archived_at: null });
  });

  it("goes on where it was broken off, whether or not the memory was written", async () => {
    await inStep();
    const memory = await read(MEMORY);
    await write("team/here.md", "Changed here\n");
    await folder.json(["update", "there", "--content", "Changed there"]);
    await sync();
    await write(MEMORY, memory);
    expect(await sync()).toMatchObject({
      code: 0,
      steps: [
        ["in_step", "team/here", "done"],
        ["in_step", "there", "done"],
      ],
    });
    expect(await get("team/here")).toMatchObject({ version: 2 });
    await rm(join(repo, MEMORY));
    expect((await sync()).code).toBe(0);
    expect((await sync()).steps).toEqual([]);
  });

  it("keeps its format and its prefix, and a chat in the format that holds it", async () => {
    const messages = JSON.stringify([{ role: "system", content: "Be brief" }]);
    await folder.json(["create", "team/chat", "--title", "Chat", "--messages", messages]);
    await folder.json(["create", "other", "--content", "Other"]);
    await sync("--format", "dotprompt", "--prefix", "team/");
    const text = await read("team/chat.prompt");
    await write("team/chat.prompt", text.replace("brief", "kind"));
    expect(await sync()).toMatchObject({ code: 0, steps: [["changed_here", "team/chat", "done"]] });
    expect(await get("team/chat")).toMatchObject({ messages: [{ role: "system", content: "Be kind" }] });
    expect(await readdir(repo)).not.toContain("other.prompt");
    const { code, stderr } = await folder.run(["sync", repo, "--format", "markdown"]);
    expect(code).toBe(2);
    expect(stderr).toContain("synced as dotprompt");
  });

  it("writes to a file that has its prompt's name inside without moving it", async () => {
    await write("Some file.md", "---\nname: team/named\n---\n\nText\n");
    await sync();
    await folder.json(["update", "team/named", "--content", "Changed there"]);
    await sync();
    expect(await read("Some file.md")).toMatch(/name: team\/named\n[\s\S]*Changed there\n$/);
    expect((await sync()).steps).toEqual([]);
  });

  it("refuses the memory of another library, and a damaged one, and touches nothing", async () => {
    await inStep();
    const memory = await read(MEMORY);
    for (const [text, said] of [
      [memory.replace(/"tenant":"[^"]+"/, '"tenant":"other"'), "with another library"],
      ["{", "is damaged"],
    ] as const) {
      await write(MEMORY, text);
      const { code, stderr } = await folder.run(["sync", repo]);
      expect([code, stderr]).toEqual([2, expect.stringContaining(said)]);
      expect(await read(MEMORY)).toBe(text);
    }
  });

  it("writes nothing by a link that leads out of the folder, and names a file that it cannot take", async () => {
    const elsewhere = join(folder.path, "elsewhere");
    await mkdir(elsewhere);
    await symlink(elsewhere, join(repo, "out"));
    await folder.json(["create", "out/a", "--content", "A"]);
    await write("bad.md", "---\ntitle: [\n---\n\nx\n");
    const { code, document, steps } = await sync();
    expect([code, steps]).toEqual([6, [["added_there", "out/a", "failed"]]]);
    expect(document.problems).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ path: "bad.md" }),
        expect.objectContaining({ path: "out" }),
      ]),
    );
    expect(await readdir(elsewhere)).toEqual([]);
  });

  it("loses nothing when it is killed, and goes on the next time", async () => {
    const names = Array.from({ length: 40 }, (_, index) => `team/p${index}`);
    for (const name of names) await write(`${name}.md`, `${name}\n`);
    const file = join(folder.path, "library.jsonl");
    // By name, imports and written files take turns.
    const lines = names.map((name) => JSON.stringify({ name: `${name}-there`, title: name, content: name }));
    await writeFile(file, lines.join("\n"));
    await folder.json(["import", file]);
    const { child, ended } = folder.start(["sync", repo]);
    while ((await readdir(join(repo, "team"))).length <= names.length + 3 && child.exitCode === null)
      await sleep(5);
    child.kill("SIGKILL");
    await ended;
    expect((await sync()).code).toBe(0);
    expect((await sync()).steps).toEqual([]);
    for (const name of names) {
      expect(await read(`${name}.md`)).toBe(`${name}\n`);
      expect(await read(`${name}-there.md`)).toContain(`\n${name}\n`);
    }
    const { items } = await folder.json(["list", "--limit", "100"]);
    expect(items).toHaveLength(80);
    for (const item of items) expect(item).toMatchObject({ version: 1 });
  });
});
