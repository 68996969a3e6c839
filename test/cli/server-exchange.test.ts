import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { AppError } from "../../src/domain/errors.ts";
import { whoami } from "../../src/operations/whoami.ts";
import { patient, type UsedLibrary } from "../../src/transports/cli/used-library.ts";
import type { TestMember } from "../support/library.ts";
import { type ServedLibrary, serveLibrary } from "../support/rest.ts";
import { emptyFolder, type Folder } from "./processes.ts";

let server: ServedLibrary;
let folder: Folder;
let member: TestMember;
let count = 0;

beforeAll(async () => {
  server = await serveLibrary({ environment: { PROMPTFORGE_LIMIT_IMPORT: "1000" } });
});
afterAll(() => server.close());
beforeEach(async () => {
  count += 1;
  member = await server.found(`member${count}`);
  folder = await emptyFolder();
  onTestFinished(() => folder.remove());
});

/** Runs a command on the server by an API key, as a script does. */
async function run(args: readonly string[], role?: Parameters<TestMember["key"]>[0]) {
  const env = { PROMPTFORGE_SERVER: server.url, PROMPTFORGE_TOKEN: await member.key(role) };
  return folder.run([...args], { env });
}
const text = (path: string) => readFile(join(folder.path, path), "utf8");
const write = (path: string, content: string) => writeFile(join(folder.path, path), content);

describe("promptforge import and export on a server", () => {
  it("carry a library there and back, with all versions and labels, and leave this machine's alone", async () => {
    const lines = [
      { name: "team/a", version: 2, labels: ["staging"], title: "A", content: "two", change_note: "Shorter" },
      { name: "team/a", version: 1, title: "A", content: "one" },
      { name: "team/b", version: 1, title: "B", messages: [{ role: "user", content: "Ask {{what}}" }] },
    ];
    const jsonl = lines.map((line) => `${JSON.stringify(line)}\n`).join("");
    await write("library.jsonl", jsonl);
    const file = join(folder.path, "library.jsonl");
    const dry = await run(["import", file, "--dry-run"]);
    expect([dry.code, dry.stdout]).toEqual([0, "Would be: 2 created, 0 updated, 0 unchanged, 0 failed\n"]);
    expect((await member.call("list_prompts")).items).toEqual([]);
    const { code, stdout } = await run(["import", file, "--json"]);
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { created: 2, problems: [], pending: null }]);
    expect((await member.call("get_prompt", { name: "team/a", label: "staging" })).content).toBe("two");
    expect((await run(["export", "--versions", "all"])).stdout).toBe(jsonl);

    const out = join(folder.path, "out");
    expect((await run(["export", "--format", "dotprompt", "--to", out, "--prefix", "team/"])).code).toBe(0);
    expect((await readdir(join(out, "team"))).sort()).toEqual(["a.prompt", "b.prompt"]);
    expect(await readdir(folder.dataDir).catch(() => [])).toEqual([]);
  });

  it("carry more than one request takes as JSON", async () => {
    const lines = Array.from({ length: 12 }, (_, index) => ({
      name: `long/${index}`,
      content: `${index} ${"long ".repeat(30_000)}`,
    }));
    await write("long.jsonl", lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    const { code, stdout } = await run(["import", join(folder.path, "long.jsonl")]);
    expect([code, stdout]).toEqual([0, "12 created, 0 updated, 0 unchanged, 0 failed\n"]);
    expect((await member.call("get_prompt", { name: "long/7" })).content).toBe(lines[7]?.content);
  });

  it("say who may not before a file is read, and what a server does by itself", async () => {
    const missing = join(folder.path, "missing.jsonl");
    const refused = await run(["import", missing], "viewer");
    expect([refused.code, refused.stderr]).toEqual([4, expect.stringContaining("prompts:write")]);
    await write("a.md", "A");
    const waiting = await run(["import", join(folder.path, "a.md"), "--wait"]);
    expect([waiting.code, waiting.stderr]).toEqual([2, expect.stringContaining("--wait")]);
  });
});

describe("promptforge sync with a server", () => {
  it("lets a folder and the server follow each other, and leaves what changed on both sides", async () => {
    const repo = join(folder.path, "repo");
    await mkdir(repo);
    await write("repo/here.md", "From the folder\n");
    await member.call("create_prompt", { name: "there", content: "From the server" });
    const sync = async () => {
      const { code, stdout, stderr } = await run(["sync", repo, "--json"]);
      if (stdout === "") throw new Error(stderr);
      const steps: { change: string; name: string; outcome: string }[] = JSON.parse(stdout).steps;
      return [code, steps.map(({ change, name, outcome }) => `${change} ${name} ${outcome}`)];
    };
    expect(await sync()).toEqual([0, ["added_here here done", "added_there there done"]]);
    expect(await text("repo/there.md")).toContain("From the server");
    expect((await member.call("get_prompt", { name: "here" })).content).toBe("From the folder");
    expect(await sync()).toEqual([0, []]);

    await rm(join(repo, "there.md"));
    await write("repo/here.md", "Changed in the folder\n");
    await member.call("update_prompt", { name: "here", content: "Changed on the server" });
    expect(await sync()).toEqual([6, ["conflict here left", "deleted_here there done"]]);
    expect((await member.call("get_prompt", { name: "here" })).content).toBe("Changed on the server");
    expect((await member.call("get_prompt", { name: "there" })).archived_at).not.toBeNull();
  });
});

describe("a call that a server's limits put off", () => {
  const putOff = new AppError("rate_limited", "Later.", { retry_after_seconds: 0.001 });

  it("is made again, until it is stopped", async () => {
    let calls = 0;
    const library: UsedLibrary = {
      async call() {
        calls += 1;
        if (calls < 3) throw putOff;
        return { calls };
      },
    };
    expect(await patient(library, new AbortController().signal).call(whoami, {})).toEqual({ calls: 3 });
    const never: UsedLibrary = { call: () => Promise.reject(putOff) };
    await expect(patient(never, AbortSignal.abort()).call(whoami, {})).rejects.toBe(putOff);
  });
});
