import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { PassThrough, Readable, Writable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runCli } from "../../src/transports/cli/run-cli.ts";
import { librarySettings } from "../support/library.ts";
import { emptyFolder, type Folder, foundedFolder } from "./processes.ts";

let folder: Folder;
beforeAll(async () => {
  folder = await foundedFolder();
  await folder.json(["create", "here", "--content", "Here"]);
});
afterAll(() => folder.remove());

describe("a refused command", () => {
  it.each<[string, string, number, string[]]>([
    ["an unknown prompt", "not_found", 5, ["get", "nowhere"]],
    ["a name in use", "conflict", 6, ["create", "here", "--content", "x"]],
    [
      "a change of an older version",
      "precondition_failed",
      7,
      ["update", "here", "--content", "x", "--expected-version", "9"],
    ],
    ["a number that is none", "invalid_input", 2, ["list", "--limit", "many"]],
    ["a bad cursor", "invalid_input", 2, ["list", "--cursor", "made-up"]],
    ["a made-up key", "unauthenticated", 3, ["whoami", "--token", "pf_madeup"]],
    ["a made-up token", "unauthenticated", 3, ["whoami", "--token", "a.b.c"]],
    ["an unknown command", "invalid_input", 2, ["lsit"]],
    ["an unknown flag", "invalid_input", 2, ["list", "--tagg", "x"]],
    ["words without quotes", "invalid_input", 2, ["search", "calm", "down"]],
    ["a missing argument", "invalid_input", 2, ["get"]],
    ["a missing command", "invalid_input", 2, []],
  ])("gives one code, in words and as JSON: %s", async (_what, code, exitCode, args) => {
    const words = await folder.run(args);
    expect(words).toMatchObject({ code: exitCode, stdout: "", stderr: expect.stringContaining("Error: ") });
    const json = await folder.run([...args, "--json"]);
    expect(json).toMatchObject({ code: exitCode, stdout: "" });
    expect(JSON.parse(json.stderr).error).toMatchObject({ code, message: expect.any(String) });
  });

  it("is too large beyond 256 KiB, and stores nothing", async () => {
    const large = await folder.run(["create", "large"], { input: "x".repeat(300 * 1024) });
    expect(large).toMatchObject({ code: 8, stderr: expect.stringContaining("307200 bytes") });
    expect(await folder.run(["get", "large"])).toMatchObject({ code: 5 });
  });

  it("is one whose output could not be written", async () => {
    const full = new Writable({
      write: (_chunk, _encoding, done) => done(Object.assign(new Error("full"), { code: "ENOSPC" })),
    });
    const stderr = new PassThrough();
    const code = await runCli(["get", "here", "--json"], {
      env: { PROMPTFORGE_DATA_DIR: folder.dataDir, ...(await librarySettings(folder.dataDir)) },
      stdout: full,
      stderr,
      stdin: Readable.from([]),
    });
    expect(code).toBe(10);
    expect(String(stderr.read())).toContain("ENOSPC");
  });

  it("suggests what was meant", async () => {
    expect((await folder.run(["lst"])).stderr).toContain("Did you mean list?");
    expect((await folder.run(["search", "calm", "down"])).stderr).toContain("quotes");
  });

  it("names commands and flags, not tools and fields", async () => {
    const said = async (...args: string[]) => {
      const { stderr } = await folder.run(args);
      const { error } = JSON.parse((await folder.run([...args, "--json"])).stderr);
      expect(stderr).toBe(`Error: ${error.message}\n`);
      return stderr;
    };
    expect(await said("get", "nowhere")).toContain("`promptforge list` or `promptforge search`");
    expect(await said("token", "revoke", "nothing")).toContain("See yours with `promptforge token list`.");
    expect(await said("create", "here", "--content", "x")).toContain("Use `promptforge update` to add");
    expect(await said("token", "create", "x", "--expires-in-days", "0")).toContain("--expires-in-days: ");
    expect(await said("create", "no good", "--content", "x")).toContain("<name>: ");
    const { secret } = await folder.json(["token", "create", "reader", "--role", "viewer"]);
    expect(await said("create", "--content", "x", "--token", secret)).toContain("`promptforge create` needs");
  });

  it("says where a refused credential came from", async () => {
    const { stderr } = await folder.run(["whoami"], { env: { PROMPTFORGE_TOKEN: "pf_madeup" } });
    expect(stderr).toContain("PROMPTFORGE_TOKEN");
    expect(stderr).not.toContain("pf_madeup");
  });
});

describe("without a library", () => {
  it("a command says how to found one, and makes no folder", async () => {
    const empty = await emptyFolder();
    try {
      const { code, stderr } = await empty.run(["list"]);
      expect(code).toBe(3);
      expect(stderr).toContain("promptforge init");
      expect(await empty.json(["doctor"])).toMatchObject({
        checks: expect.arrayContaining([expect.objectContaining({ name: "data folder", status: "warn" })]),
      });
    } finally {
      await empty.remove();
    }
  });

  it("a damaged credentials file is named, and its text is not repeated", async () => {
    const empty = await emptyFolder();
    try {
      await mkdir(empty.dataDir);
      await writeFile(join(empty.dataDir, "credentials.json"), '{"token": "pf_secret');
      const { code, stderr } = await empty.run(["list"]);
      expect(code).toBe(3);
      expect(stderr).toContain("credentials.json is damaged");
      expect(stderr).not.toContain("pf_secret");
    } finally {
      await empty.remove();
    }
  });

  it("a data folder that cannot be made is unavailable", async () => {
    const empty = await emptyFolder();
    try {
      await writeFile(join(empty.path, "file"), "");
      // In /proc nobody makes folders, not even root.
      const places = [join(empty.path, "file"), join(empty.path, "file", "data"), "/proc/promptforge/data"];
      for (const place of places) {
        for (const command of [["init"], ["serve", "--port", "0"]]) {
          const { code, stderr } = await empty.run([...command, "--data-dir", place]);
          expect({ place, code }).toEqual({ place, code: 10 });
          expect(stderr).toContain("PROMPTFORGE_DATA_DIR");
          if (place.endsWith("file")) expect(stderr).toContain("is not a folder");
        }
      }
    } finally {
      await empty.remove();
    }
  });
});

describe("serve", () => {
  it("names a port that is in use, and what to do", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    try {
      const address = taken.address();
      const port = typeof address === "object" ? String(address?.port) : "";
      const { code, stderr, stdout } = await folder.run(["serve", "--port", port]);
      expect({ code, stdout }).toEqual({ code: 10, stdout: "" });
      expect(stderr).toContain(`Port ${port} is in use`);
      expect(stderr).toContain("--port");
    } finally {
      taken.close();
    }
  });

  it.each([
    ["--port", "abc", "--port (PROMPTFORGE_PORT) must be a whole number from 0 to 65535; it is 'abc'"],
    ["--port", "70000", "PROMPTFORGE_PORT"],
    ["--host", "0.0.0.0", "PROMPTFORGE_ALLOWED_HOSTS"],
  ])("refuses %s %s", async (flag, value, named) => {
    const { code, stderr } = await folder.run(["serve", "--port", "0", flag, value]);
    expect(code).toBe(2);
    expect(stderr).toContain(named);
  });
});
