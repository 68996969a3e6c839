import { readFile, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";
import { catalogue } from "../../src/operations/index.ts";
import { PASSWORD } from "../support/library.ts";
import { type ServedLibrary, serveLibrary } from "../support/rest.ts";
import { emptyFolder, type Folder, foundedFolder } from "./processes.ts";

let library: ServedLibrary;
let time = Date.now();
beforeAll(async () => {
  library = await serveLibrary({ now: () => new Date(time) });
  await library.found("grace");
});
afterAll(() => library.close());

async function machine(made: () => Promise<Folder> = emptyFolder): Promise<Folder> {
  const folder = await made();
  onTestFinished(() => folder.remove());
  return folder;
}

const login = (folder: Folder, server = library.url, username = "grace") =>
  folder.run(["login", server, "--username", username, "--password-stdin"], { input: `${PASSWORD}\n` });

async function signedIn(): Promise<Folder> {
  const folder = await machine();
  const { code, stderr } = await login(folder);
  expect([code, stderr]).toEqual([0, ""]);
  return folder;
}

const sessionFile = ({ dataDir }: Folder) => join(dataDir, "session.json");

/** Makes the access token that a machine keeps look as if it had expired. */
async function expire(folder: Folder): Promise<void> {
  const session = JSON.parse(await readFile(sessionFile(folder), "utf8"));
  await writeFile(sessionFile(folder), JSON.stringify({ ...session, expires_at: 0 }));
}

describe("promptforge login", () => {
  it("makes commands work on the server, in words and as JSON, and keeps the session for nobody else to read", async () => {
    const folder = await machine();
    expect((await login(folder)).stdout).toBe(
      `You are signed in to ${library.url} as grace, in the tenant grace (admin).\n`,
    );
    expect((await stat(sessionFile(folder))).mode & 0o777).toBe(0o600);
    expect(await folder.json(["whoami"])).toMatchObject({ username: "grace", tenant: "grace" });
    await folder.json(["create", "remote/tea", "--tags", "hot,drinks"], { input: "Brew {{what}} tea." });
    await folder.json([
      "update",
      "remote/tea",
      "--content",
      "Brew {{what}} tea well.",
      "--expected-version",
      "1",
    ]);
    expect((await folder.run(["get", "remote/tea"])).stdout).toBe("Brew {{what}} tea well.");
    expect((await folder.run(["render", "remote/tea", "--arguments", "what=green"])).stdout).toContain(
      "green",
    );
    await folder.json(["label", "set", "remote/tea", "staging", "--expected-version", "null"]);
    expect((await folder.json(["search", "brew tea", "--tag", "hot"])).items).toMatchObject([
      { name: "remote/tea" },
    ]);
    expect((await folder.json(["list", "--tag", "hot"])).items).toMatchObject([{ name: "remote/tea" }]);
    expect((await folder.json(["member", "list"])).items).toMatchObject([{ username: "grace" }]);
    expect(
      (await folder.json(["session", "list"])).items.some(({ current }: { current: boolean }) => current),
    ).toBe(true);
  });

  it("gives the server's errors as the library's own: words, codes and exit codes", async () => {
    const folder = await signedIn();
    const missing = await folder.run(["get", "no/such", "--json"]);
    expect(missing.code).toBe(5);
    expect(JSON.parse(missing.stderr)).toMatchObject({ error: { code: "not_found" } });
    const wrong = await folder.run(["list", "--limit", "-1"]);
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringContaining("--limit")]);
  });

  it("refuses a wrong password, and addresses to which a password would go in the open", async () => {
    const folder = await machine();
    const options = { input: "not the password\n" };
    const refused = await folder.run(
      ["login", library.url, "--username", "grace", "--password-stdin"],
      options,
    );
    expect(refused.code).toBe(3);
    for (const server of [
      "http://prompts.example.com",
      "ftp://127.0.0.1",
      "nowhere",
      "https://a:b@c.example",
    ])
      expect((await login(folder, server)).code).toBe(2);
    await expect(stat(sessionFile(folder))).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("renews the session by itself, once for many commands at a time", async () => {
    const folder = await signedIn();
    await expire(folder);
    time += 16 * 60_000;
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => folder.run(["whoami"])));
    expect(outcomes.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0]);
    expect((await folder.run(["whoami"])).code).toBe(0);
  });

  it("says that the session has ended, and how to go on", async () => {
    const folder = await signedIn();
    await folder.json(["session", "end-all"]);
    await expire(folder);
    const ended = await folder.run(["whoami"]);
    expect([ended.code, ended.stderr]).toEqual([3, expect.stringContaining("promptforge login")]);
    // The server and the name are remembered.
    const again = await folder.run(["login", "--password-stdin"], { input: `${PASSWORD}\n` });
    expect(again.code).toBe(0);
  });

  it("follows a change of tenant from the next command on", async () => {
    const folder = await signedIn();
    const { tenant_id } = await folder.json(["tenant", "create", "Second"]);
    await folder.json(["tenant", "switch", tenant_id]);
    expect(await folder.json(["whoami"])).toMatchObject({ tenant: "Second" });
  });

  it("sends no token on where the server's address leads elsewhere", async () => {
    const heard: (string | undefined)[] = [];
    const other = createServer((req, res) => {
      heard.push(req.headers.authorization);
      res.writeHead(302, { Location: `${library.url}/v1/whoami` }).end();
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void other.close());
    const url = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    const folder = await machine();
    const answer = await folder.run(["--server", url, "--token", "pf_x", "whoami"]);
    expect([answer.code, answer.stderr]).toEqual([10, expect.stringContaining("PromptForge")]);
    expect(heard).toEqual(["Bearer pf_x"]);
  });
});

describe("promptforge logout", () => {
  it("ends the session there and here, and the library of the machine is worked on again", async () => {
    const folder = await machine(foundedFolder);
    const local = await folder.json(["whoami"]);
    await login(folder);
    expect(await folder.json(["whoami"])).toMatchObject({ username: "grace" });
    const { access_token } = JSON.parse(await readFile(sessionFile(folder), "utf8"));
    expect((await folder.run(["logout"])).code).toBe(0);
    expect(await folder.json(["whoami"])).toEqual(local);
    const { authentication } = library.app.services;
    await expect(authentication.authenticate(access_token)).rejects.toMatchObject({
      code: "unauthenticated",
    });
    expect((await folder.run(["logout"])).code).toBe(5);
  });
});

describe("--server", () => {
  it("takes an API key for one command, and no session of another server", async () => {
    const folder = await signedIn();
    const other = await library.found("keyholder");
    const key = await other.key();
    const args = ["--server", library.url, "whoami"];
    expect(await folder.json(args, { env: { PROMPTFORGE_TOKEN: key } })).toMatchObject({
      username: "keyholder",
    });
    const elsewhere = await folder.run(["--server", "https://other.example", "whoami"]);
    expect([elsewhere.code, elsewhere.stderr]).toEqual([3, expect.stringContaining("not signed in")]);
  });

  it("reaches every operation that a command has, with what the command has to be given", async () => {
    const unreachable = catalogue.filter(({ cli, rest, input }) => {
      const required = new Set(z.toJSONSchema(input, { io: "input" }).required);
      const fields = (path: string) => [...path.matchAll(/\{(\w+)\}/g)].map(([, field = ""]) => field);
      return (
        cli && rest.length > 0 && !rest.some(({ path }) => fields(path).every((field) => required.has(field)))
      );
    });
    expect(unreachable.map(({ name }) => name)).toEqual([]);
    const folder = await signedIn();
    await folder.json(["create", "to/review", "--content", "Text"]);
    expect(await folder.json(["review", "submit", "to/review"])).toMatchObject({ version: 1 });
    expect(await folder.json(["access-review"])).toMatchObject({ tenant: "grace" });
    expect((await folder.run(["access-review", "--format", "csv"])).stdout).toContain("grace");
  });

  it("is refused by what works on the library of the machine alone, which says so and changes nothing", async () => {
    const folder = await machine(foundedFolder);
    const env = { PROMPTFORGE_SERVER: library.url };
    const calls: [string[], { env?: typeof env }?][] = [
      [["audit", "verify", "--server", library.url]],
      [["--server", library.url, "reindex"]],
      [["reindex"], { env }],
      [["keys", "rotate", "--server", library.url]],
      [["tenant", "promote", "grace", "--server", library.url]],
    ];
    for (const [args, options] of calls) {
      const { code, stderr } = await folder.run(args, options);
      expect([code, stderr]).toEqual([2, expect.stringContaining("leave --server (PROMPTFORGE_SERVER) out")]);
    }
    expect((await folder.json(["keys", "list"])).items).toHaveLength(1);
    expect((await folder.run(["reindex", "--help"])).stdout).not.toContain("--server");
    expect((await folder.run(["list", "--help"])).stdout).toContain("--server");
  });
});
