import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { librarySettings, PASSWORD } from "../support/library.ts";
import { serveProgram } from "../support/programs.ts";
import { restClient } from "../support/rest.ts";
import { emptyFolder, type Folder, start } from "./processes.ts";

let folder: Folder;
beforeEach(async () => {
  folder = await emptyFolder();
});
afterEach(() => folder.remove());

describe("promptforge init", () => {
  it("founds a tenant whose admin can sign in, and leaves a key that commands use", async () => {
    const founded = await folder.json(["init", "--username", "Ada", "--tenant", "Support team"], {
      env: { PROMPTFORGE_PASSWORD: PASSWORD },
    });
    expect(founded).toMatchObject({ tenant: "Support team", username: "ada", role: "admin", password: null });
    expect(await folder.json(["whoami"])).toMatchObject({
      tenant: "Support team",
      username: "ada",
      role: "admin",
    });

    const server = await serveProgram(folder.dataDir);
    try {
      const signIn = await restClient(server.url)("POST", "/v1/auth/login", {
        json: { username: "ada", password: PASSWORD },
      });
      expect(signIn.status).toBe(200);
    } finally {
      await server.stop();
    }
  });

  it("keeps the key to its owner", async () => {
    await folder.json(["init"]);
    const path = join(folder.dataDir, "credentials.json");
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(folder.dataDir)).mode & 0o777).toBe(0o700);
  });

  it("prints nothing but an mcp.json to standard output, and it starts a working server", async () => {
    const { code, stdout, stderr } = await folder.run(["init", "--username", "ada"]);
    expect(code).toBe(0);
    const { command, args, env } = JSON.parse(stdout).mcpServers.promptforge;
    expect(command).toBe(process.execPath);
    expect(args).toEqual([expect.stringMatching(/^\/.*\/bin\/promptforge\.ts$/), "stdio"]);
    expect(env).toEqual({
      PROMPTFORGE_DATA_DIR: folder.dataDir,
      PROMPTFORGE_TOKEN: expect.stringMatching(/^pf_/),
      ...(await librarySettings(folder.dataDir)),
    });
    expect(stderr).toContain("claude mcp add promptforge --env");
    const whoami = await start(["whoami", "--json"], { env }).ended;
    expect(JSON.parse(whoami.stdout)).toMatchObject({ username: "ada" });
  });

  it("hands on the settings that every process on the library has to share", async () => {
    const printed = await folder.json(["init"], {
      env: {
        PROMPTFORGE_PASSWORD: PASSWORD,
        PROMPTFORGE_QDRANT_COLLECTION: "prompts",
        PROMPTFORGE_LOG_LEVEL: "silent",
      },
    });
    const text = JSON.stringify(printed);
    expect(text).toContain('"PROMPTFORGE_QDRANT_COLLECTION":"prompts"');
    expect(text).not.toContain("PROMPTFORGE_LOG_LEVEL");
  });

  it("makes a password when none is given, and shows it once", async () => {
    const { password } = await folder.json(["init", "--username", "ada"]);
    expect(password).toMatch(/^[\w-]{24}$/);
    expect(await readFile(join(folder.dataDir, "credentials.json"), "utf8")).not.toContain(password);
  });

  it("takes the password from the first line of standard input", async () => {
    const { code, stderr } = await folder.run(["init", "--username", "ada", "--password-stdin"], {
      input: "password\nsecond line\n",
    });
    expect(code).toBe(2);
    expect(stderr).toContain("password");
    const founded = await folder.json(["init", "--username", "ada", "--password-stdin"], {
      input: `${PASSWORD}\n`,
    });
    expect(founded.password).toBeNull();
  });

  it("refuses to found the same library twice, and says what to do instead", async () => {
    await folder.json(["init", "--username", "ada"]);
    for (const again of [["init"], ["init", "--username", "ada"]]) {
      const { code, stderr } = await folder.run(again);
      expect(code).toBe(6);
      expect(stderr).toContain("token create");
    }
  });

  it("founds another tenant for another username and leaves the first one's key alone", async () => {
    await folder.json(["init", "--username", "ada"]);
    const { token, credentials_file } = await folder.json(["init", "--username", "bob"]);
    expect(credentials_file).toBeNull();
    expect(await folder.json(["whoami"])).toMatchObject({ username: "ada" });
    expect(await folder.json(["whoami", "--token", token])).toMatchObject({ username: "bob" });
    const { stderr } = await folder.run(["init", "--username", "carla"]);
    expect(stderr).toContain("stays that of the first tenant");
  });

  it("makes nothing when the password is refused", async () => {
    const { code } = await folder.run(["init"], { env: { PROMPTFORGE_PASSWORD: "short" } });
    expect(code).toBe(2);
    expect(await folder.json(["init"])).toMatchObject({ role: "admin" });
  });
});
