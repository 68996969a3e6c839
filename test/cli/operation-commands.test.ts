import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { catalogue } from "../../src/operations/index.ts";
import { renderPrompt } from "../../src/operations/render-prompt.ts";
import { rawDatabase } from "../support/raw-database.ts";
import { type Folder, foundedFolder } from "./processes.ts";

let folder: Folder;
beforeAll(async () => {
  folder = await foundedFolder();
});
afterAll(() => folder.remove());

const TOOLS = new RegExp(
  `\\b(?:${catalogue.flatMap(({ cli, name }) => (cli && name.includes("_") ? name : [])).join("|")})\\b`,
);

const ESCAPE = "\u001b";

describe("the commands", () => {
  it("are those of the catalogue, each with its example and a flag for each field", async () => {
    for (const operation of catalogue) {
      if (operation.cli === undefined) continue;
      const { stdout, code } = await folder.run([...operation.cli.command.split(" "), "--help"]);
      expect(code).toBe(0);
      expect(stdout).toContain(operation.cli.example);
      expect(stdout).not.toMatch(TOOLS);
      for (const field of Object.keys(operation.input.shape)) {
        const isPositional = operation.cli.positionals?.includes(field);
        expect(stdout).toContain(isPositional ? field : `--${field.replaceAll("_", "-")}`);
      }
    }
  });

  it("take flags of the program before and after their name", async () => {
    const before = await folder.run(["--json", "--data-dir", folder.dataDir, "whoami"], {
      env: { PROMPTFORGE_DATA_DIR: "" },
    });
    const after = await folder.run(["whoami", "--json", "--data-dir", folder.dataDir], {
      env: { PROMPTFORGE_DATA_DIR: "" },
    });
    expect(JSON.parse(before.stdout)).toEqual(JSON.parse(after.stdout));
  });
});

describe("label", () => {
  it("sets, reads, lists, rolls back and removes, with null for a label that is not there yet", async () => {
    await folder.json(["create", "labelled/tea", "--content", "Brew tea."]);
    await folder.json(["update", "labelled/tea", "--content", "Brew green tea."]);
    const set = ["label", "set", "labelled/tea", "staging"];
    const first = await folder.json([...set, "--version", "1", "--expected-version", "null"]);
    expect(first).toMatchObject({ version: 1, previous_version: null });
    expect((await folder.run([...set, "--version", "2", "--expected-version", "null"])).code).not.toBe(0);
    await folder.json([...set, "--reason", "greener"]);
    expect((await folder.run(["get", "labelled/tea", "--label", "staging"])).stdout).toBe("Brew green tea.");
    expect((await folder.json(["label", "rollback", "labelled/tea", "staging"])).version).toBe(1);
    const { stdout } = await folder.run(["label", "history", "labelled/tea", "staging"]);
    expect(stdout.split("\n")[2]).toMatch(/^2 +set +1 +2 +\S+ +greener/);
    const listed = await folder.json(["list", "--label", "staging"]);
    expect(listed.items).toMatchObject([{ name: "labelled/tea", version: 1, labels: { staging: 1 } }]);
    expect((await folder.run(["label", "list"])).stdout).toMatch(/^production +0 +true$/m);
    expect((await folder.json(["label", "remove", "labelled/tea", "staging"])).version).toBeNull();
    expect((await folder.json(["label", "protect", "production,staging"])).labels).toEqual([
      "production",
      "staging",
    ]);
  });
});

describe("create, get and update", () => {
  const content = "Sort {{message}} by urgency.\n\n  Keep this indentation.\n";

  it("keep a text from a file as it is, to the byte", async () => {
    const file = join(folder.path, "triage.md");
    await writeFile(file, content);
    const created = await folder.json([
      "create",
      "support/triage",
      "--file",
      file,
      "--tags",
      "Email,support",
      "--tags",
      "b",
    ]);
    expect(created).toMatchObject({
      name: "support/triage",
      version: 1,
      content,
      tags: ["b", "email", "support"],
    });
    const { stdout, stderr } = await folder.run(["get", "support/triage"]);
    expect(stdout).toBe(content);
    expect(stderr).toContain("arguments: message");
  });

  it("take from a file's front matter what no flag says, as import does", async () => {
    const file = join(folder.path, "fronted.md");
    await writeFile(
      file,
      "---\nname: fronted/name\ntitle: Titled\ntags: [b, a]\nother: x\n---\n\nSort {{message}}.\n",
    );
    expect(await folder.json(["create", "--file", file, "--tags", "mine"])).toMatchObject({
      name: "fronted/name",
      title: "Titled",
      tags: ["mine"],
      content: "Sort {{message}}.",
    });
    await writeFile(file, "---\nname: another\ndescription: Described\n---\nSort again.\n");
    expect(await folder.json(["update", "fronted/name", "--file", file])).toMatchObject({
      name: "fronted/name",
      title: "Titled",
      description: "Described",
      content: "Sort again.",
      version: 2,
    });
    expect((await folder.json(["similar", "--file", file])).items).toEqual([]);
    await writeFile(file, "---\ntitle: A: b\n---\nText");
    expect(await folder.run(["create", "x", "--file", file])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`${file}:2: The front matter is not valid YAML`),
    });
    const text = join(folder.path, "raw.txt");
    await writeFile(text, "---\ntitle: Kept\n---\nText\n");
    expect(await folder.json(["create", "raw", "--file", text])).toMatchObject({
      content: "---\ntitle: Kept\n---\nText\n",
    });
  });

  it("read what is piped in", async () => {
    expect(await folder.json(["create", "piped"], { input: "From a pipe" })).toMatchObject({
      content: "From a pipe",
    });
    expect(await folder.json(["update", "piped"], { input: "Newer" })).toMatchObject({
      content: "Newer",
      version: 2,
    });
    expect(
      await folder.json(["update", "piped", "--file", "-", "--change-note", "why"], { input: "Newest" }),
    ).toMatchObject({
      content: "Newest",
      change_note: "why",
      version: 3,
    });
    expect((await folder.run(["get", "piped", "--version", "2"])).stdout).toBe("Newer");
  });

  it("leave the rest of a shell loop's list alone", async () => {
    await folder.json(["create", "looped", "--content", "Mine"]);
    const updated = await folder.json(["update", "looped", "--title", "Titled"], {
      input: "next-name\nlast-name\n",
    });
    expect(updated).toMatchObject({ title: "Titled", content: "Mine" });
  });

  it("say how to give a text that is missing", async () => {
    const missing = await folder.run(["create", "nothing"]);
    expect(missing).toMatchObject({ code: 2, stdout: "" });
    expect(missing.stderr).toContain("--file");
    await folder.json(["create", "noted", "--content", "Mine"]);
    const noted = await folder.run(["update", "noted", "--change-note", "why"], { input: "Unread" });
    expect(noted.code).toBe(2);
    expect(noted.stderr).toContain("- for standard input");
  });

  it("print facts, not the text, of what they changed", async () => {
    const { stdout } = await folder.run([
      "create",
      "facts",
      "--content",
      "A secret recipe",
      "--title",
      "Facts",
    ]);
    expect(stdout).toContain("name: facts\ntitle: Facts\nversion: 1");
    expect(stdout).not.toContain("recipe");
  });

  it("refuse what is not UTF-8, and a file that is not there", async () => {
    const broken = await folder.run(["create", "broken"], { input: new Uint8Array([0x61, 0xff]) });
    expect(broken).toMatchObject({ code: 2, stderr: expect.stringContaining("UTF-8") });
    const absent = await folder.run(["create", "absent", "--file", join(folder.path, "absent.md")]);
    expect(absent).toMatchObject({ code: 2, stderr: expect.stringContaining("no such file") });
  });
});

describe("render", () => {
  it("fills arguments given as name=value", async () => {
    await folder.json(["create", "greeting", "--content", "Dear {{name}}, {{text}}"]);
    const { stdout } = await folder.run([
      "render",
      "greeting",
      "--arguments",
      "name=Ada",
      "--arguments",
      "text=a=b, c",
    ]);
    expect(stdout).toBe("Dear Ada, a=b, c");
    expect(await folder.run(["render", "greeting", "--arguments", "name"])).toMatchObject({ code: 2 });
    expect(await folder.run(["render", "greeting", "--arguments", "name=Ada"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Missing argument: text"),
    });
    const unfilled = await folder.run(["render", "greeting"]);
    expect(unfilled.stderr).toContain("--arguments name=… --arguments text=…");
  });

  it("has an example that works with the starter prompts", async () => {
    const starter = join(import.meta.dirname, "../../examples/prompts/support/triage.md");
    await folder.json(["import", starter, "--folder", "starters/support"]);
    const example = String(renderPrompt.cli?.example).replace("support/", "starters/support/");
    const words = [...example.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) => word.replaceAll("'", ""));
    const { code, stdout } = await folder.run(words.slice(1));
    expect(code).toBe(0);
    expect(stdout).toContain("Where is my order?");
  });
});

describe("lists", () => {
  it("are tables for people and pages for scripts", async () => {
    for (const n of [1, 2, 3]) await folder.json(["create", `pages/p${n}`, "--content", `Page ${n}`]);
    const table = await folder.run(["list", "--folder", "pages", "--limit", "2"]);
    expect(table.stdout).toMatch(/^NAME +TITLE +VERSION +TAGS +UPDATED\npages\/p1 +Page 1 +1 /);
    expect(table.stdout.trimEnd().split("\n")).toHaveLength(3);
    const [, cursor] = /--cursor (\S+)/.exec(table.stderr) ?? [];
    const next = await folder.json(["list", "--folder", "pages", "--limit", "2", "--cursor", String(cursor)]);
    expect(next.items.map((item: { name: string }) => item.name)).toEqual(["pages/p3"]);
    expect(await folder.run(["list", "--folder", "nowhere"])).toMatchObject({
      code: 0,
      stdout: "",
      stderr: "Nothing found.\n",
    });
  });

  it("fit the terminal", async () => {
    const title = `一个很长的标题 ${"and more of it ".repeat(10)}`;
    await folder.json(["create", "wide/one", "--content", "x", "--title", title, "--tags", "tag"]);
    const { stdout } = await folder.run(["list", "--folder", "wide"], { columns: 80 });
    const [, row = ""] = stdout.split("\n");
    expect(row).toMatch(/^wide\/one +一个很长的标题 .*… +1 +tag +\d{4}-\d\d-\d\d \d\d:\d\dZ$/);
    // Each of the title's seven Chinese characters takes two columns.
    expect(row.length + 7).toBeLessThanOrEqual(80);
    expect((await folder.run(["list", "--folder", "wide"])).stdout).toContain(title.trim());
  });

  it("show the history of a prompt", async () => {
    await folder.json(["create", "history", "--content", "One"]);
    await folder.json(["update", "history", "--content", "Two", "--change-note", "Better"]);
    const { stdout } = await folder.run(["versions", "history"]);
    expect(stdout).toMatch(/^NUMBER .*\n2 .*Better.*\n1 /);
  });

  it("cannot drive the terminal with stored text, and give it to a file as it is", async () => {
    const content = `Some ${ESCAPE}]0;owned\u0007 \u202eretrograde words`;
    await folder.json(["create", "hostile", "--content", content, "--title", "Plain"]);
    const { stdout } = await folder.run(["search", "retrograde"]);
    expect(stdout).toContain("retrograde");
    expect(stdout).not.toContain(ESCAPE);
    expect(stdout).not.toContain("\u202e");
    const terminal = await folder.run(["get", "hostile"], { columns: 80 });
    expect(terminal.stdout).toBe("Some \ufffd]0;owned\ufffd \ufffdretrograde words\n");
    expect((await folder.run(["get", "hostile"])).stdout).toBe(content);
  });

  it("cannot drive it with JSON either, which means the same all the same", async () => {
    const content = `C1 \u009b31m\u007f, bidi \u202e\u2066, invisible \u200b\u{e0041}, \u00e9 👩\u200d👧`;
    await folder.json(["create", "hostile-json", "--content", content]);
    const args = ["get", "hostile-json", "--json"];
    const terminal = await folder.run(args, { columns: 80 });
    expect(terminal.stdout).toContain(
      "C1 \\u009b31m\\u007f, bidi \\u202e\\u2066, invisible \\u200b\\udb40\\udc41, \u00e9 👩\u200d👧",
    );
    const file = await folder.run(args);
    expect(file.stdout).toContain(content);
    expect(JSON.parse(terminal.stdout)).toEqual(JSON.parse(file.stdout));
  });
});

describe("as a process", () => {
  it("takes standard input, gives standard output, and ends with the exit code", async () => {
    const created = await folder.start(["create", "process", "--json"], { input: "Über {{all}}\n" }).ended;
    expect({ code: created.code, stderr: created.stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(created.stdout)).toMatchObject({ name: "process", content: "Über {{all}}\n" });
    const read = await folder.start(["get", "process"]).ended;
    expect(read.stdout).toBe("Über {{all}}\n");
    const refused = await folder.start(["get", "nowhere", "--json"]).ended;
    expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 5, stdout: "" });
    expect(JSON.parse(refused.stderr).error.code).toBe("not_found");
  });

  it("survives a reader that goes away", async () => {
    // More than a pipe holds.
    await folder.json(["create", "long"], { input: "long ".repeat(40_000) });
    const { child, ended } = folder.start(["get", "long"]);
    const exit = once(child, "exit");
    const unread = expect(ended).rejects.toThrow();
    await once(child.stdout!, "data");
    child.stdout?.destroy();
    expect(await exit).toEqual([0, null]);
    await unread;
  });
});

describe("search", () => {
  it("shows the passage of each hit, and says what is not found by meaning yet", async () => {
    await folder.json(["create", "weather", "--content", "Write a haiku about a thunderstorm."]);
    const { stdout, stderr } = await folder.run(["search", "thunderstorm", "--limit", "1"]);
    expect(stdout).toMatch(
      /^NAME +TITLE +VERSION +SCORE +WHY\nweather .* words\n {4}Write a haiku about a thunderstorm\.\n$/,
    );
    expect(stderr).toMatch(/not yet found by meaning/);
    const result = await folder.json(["search", "thunderstorm"]);
    expect(result.items[0]).toMatchObject({ name: "weather" });
    expect(result.pending).toBeGreaterThan(0);
  });
});

describe("similar", () => {
  it("shows each prompt's likeness, and its passage once", async () => {
    await folder.json(["create", "tea", "--content", "How to brew green tea."]);
    const stored = join(folder.path, "stored.md");
    await writeFile(stored, "How to make a cup of coffee.");
    await folder.run(["import", stored, "--wait"]);
    const { stdout } = await folder.run(["similar", "tea"]);
    expect(stdout).toMatch(/^NAME +TITLE +VERSION +SIMILARITY\n/);
    expect(stdout).toMatch(/^stored +Stored +1 +0\.\d{3}\n {4}How to make a cup of coffee\.$/m);
  });
});

describe("archive, restore and tokens", () => {
  it("put a prompt away and bring it back", async () => {
    await folder.json(["create", "gone", "--content", "Here"]);
    expect((await folder.run(["archive", "gone"])).stdout).toMatch(/archived at: \d{4}-/);
    expect((await folder.json(["list", "Here"])).items).toEqual([]);
    expect((await folder.run(["restore", "gone"])).stdout).not.toContain("archived at");
  });

  it("make, list and revoke keys", async () => {
    const made = await folder.run([
      "token",
      "create",
      "laptop",
      "--role",
      "viewer",
      "--expires-in-days",
      "30",
    ]);
    const [, secret] = /^secret: (pf_\S+)$/m.exec(made.stdout) ?? [];
    const [, id] = /^id: (\S+)$/m.exec(made.stdout) ?? [];
    expect(made.stderr).toContain("cannot be shown again");
    const env = { PROMPTFORGE_TOKEN: String(secret) };
    expect(await folder.json(["whoami"], { env })).toMatchObject({
      permissions: ["self", "account", "prompts:read"],
    });
    expect(await folder.run(["create", "--content", "x"], { env })).toMatchObject({ code: 4 });
    expect((await folder.run(["token", "list"])).stdout).toMatch(/laptop .* viewer/);
    await folder.json(["token", "revoke", String(id)]);
    expect(await folder.run(["whoami"], { env })).toMatchObject({ code: 3 });
    const database = await rawDatabase(folder);
    for (const table of await database.tables())
      expect(JSON.stringify(await database.rows(table))).not.toContain(String(secret));
    await database.close();
  });
});
