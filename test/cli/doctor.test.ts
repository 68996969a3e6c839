import { chmod, mkdir, readdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openLibrary } from "../support/library.ts";
import { serveProgram } from "../support/programs.ts";
import { inPostgres } from "../support/with-sqlite.ts";
import { emptyFolder, type Folder, foundedFolder } from "./processes.ts";

const itInFile = it.skipIf(inPostgres);
const itInPostgres = it.runIf(inPostgres);
console.warn(
  inPostgres
    ? "Skipped: doctor on a broken database file, since libraries are in PostgreSQL."
    : "Skipped: doctor beside other servers, since libraries are in files (PROMPTFORGE_TEST_DATABASE=postgres).",
);

let folder: Folder;
beforeEach(async () => {
  folder = await foundedFolder();
});
afterEach(() => folder.remove());

interface Report {
  readonly ok: boolean;
  readonly checks: readonly { readonly name: string; readonly status: string; readonly message: string }[];
}

async function report(): Promise<{ code: number | null; statuses: Record<string, string>; text: string }> {
  const { code, stdout } = await folder.run(["doctor", "--json"], { env: { PROMPTFORGE_PORT: "0" } });
  const { ok, checks }: Report = JSON.parse(stdout);
  expect(ok).toBe(code === 0);
  return {
    code,
    statuses: Object.fromEntries(checks.map(({ name, status }) => [name, status])),
    text: checks.map(({ message }) => message).join("\n"),
  };
}

describe("promptforge doctor", () => {
  it("finds a fresh library well, down to the model", async () => {
    const { code, statuses, text } = await report();
    expect(code).toBe(0);
    expect(statuses).toMatchObject({
      node: "ok",
      "data folder": "ok",
      ...(inPostgres ? {} : { "signing keys": "ok" }),
      "credentials file": "ok",
      database: "ok",
      index: "ok",
      model: "ok",
      credentials: "ok",
      port: "ok",
    });
    expect(text).toContain("ada, admin of ada");
  });

  it("speaks to people in lines", async () => {
    const { stdout } = await folder.run(["doctor"], { env: { PROMPTFORGE_PORT: "0" } });
    expect(stdout).toMatch(/^ok {4}node +Node\.js \d+/m);
    expect(stdout).toMatch(inPostgres ? /^ok {4}database +postgresql, /m : /^ok {4}database +sqlite, /m);
  });

  it("says whose vectors the index has while a process with another embedder fills it", async () => {
    const library = await openLibrary({ dataDir: folder.dataDir });
    const holder = {
      id: "other",
      fingerprint: "multilingual-model",
      expiresAt: new Date(Date.now() + 60_000),
    };
    await library.app.storage.indexState.hold(holder, new Date());
    await library.close();
    const { statuses, text } = await report();
    expect(statuses["index"]).toBe("warn");
    expect(text).toContain("holds the vectors of multilingual-model, and another process fills it");
  });

  itInFile("reports a broken database file and goes on", async () => {
    await writeFile(
      join(folder.dataDir, "promptforge.db"),
      "this is no database, whatever its name says".repeat(100),
    );
    const { code, statuses, text } = await report();
    expect(code).toBe(1);
    expect(statuses).toMatchObject({ "data folder": "ok", library: "fail", port: "ok" });
    expect(text).toContain("backup");
  });

  it("reports a PostgreSQL that does not answer and goes on, also where the data folder is empty", async () => {
    const env = {
      DATABASE_URL: "postgres://ada@127.0.0.1:1/library",
      DATABASE_OWNER_URL: undefined,
      QDRANT_URL: "http://127.0.0.1:1",
      PROMPTFORGE_KEYS_SECRET: "a secret of more than thirty-two characters",
      PROMPTFORGE_PORT: "0",
    };
    const empty = await emptyFolder();
    try {
      for (const make of [() => undefined, () => mkdir(empty.dataDir, { recursive: true })]) {
        await make();
        const { code, stdout } = await empty.run(["doctor", "--json"], { env });
        expect(code).toBe(1);
        expect(JSON.parse(stdout).checks).toEqual(
          expect.arrayContaining([
            expect.objectContaining({
              name: "library",
              status: "fail",
              message: expect.stringContaining("PostgreSQL"),
            }),
            expect.objectContaining({ name: "port", status: "ok" }),
          ]),
        );
      }
    } finally {
      await empty.remove();
    }
  });

  itInPostgres("is content on the machine of a server beside others, whose folder is empty", async () => {
    const env = { PROMPTFORGE_PORT: "0", PROMPTFORGE_DATA_DIR: join(folder.path, "replica") };
    const { ok, checks }: Report = JSON.parse((await folder.run(["doctor", "--json"], { env })).stdout);
    expect(ok).toBe(true);
    const statuses = Object.fromEntries(checks.map(({ name, status }) => [name, status]));
    expect(statuses).toMatchObject({ database: "ok", index: "ok", model: "ok", credentials: "warn" });
  });

  it("reports secrets that others can read, and says how to close them", async () => {
    await chmod(join(folder.dataDir, "credentials.json"), 0o644);
    const { code, statuses, text } = await report();
    expect(code).toBe(1);
    expect(statuses).toMatchObject({ "credentials file": "fail" });
    expect(text).toContain("chmod 600");
  });

  it("reports a key that was revoked", async () => {
    const { items } = await folder.json(["token", "list"]);
    await folder.json(["token", "revoke", items[0].id]);
    const { code, statuses, text } = await report();
    expect(code).toBe(1);
    expect(statuses).toMatchObject({ database: "ok", credentials: "fail" });
    expect(text).toContain("credentials.json");
  });

  it("tells whether a data folder that is not there could be made", async () => {
    const check = async (dataDir: string) => {
      const { stdout } = await folder.run(["doctor", "--json", "--data-dir", dataDir]);
      const { checks }: Report = JSON.parse(stdout);
      return checks.find(({ name }) => name === "data folder");
    };
    expect(await check(join(folder.path, "new/data"))).toMatchObject({
      status: "warn",
      message: expect.stringContaining("promptforge init"),
    });
    // It looks into a library in PostgreSQL whether or not the folder is there, and makes it as every command does.
    if (!inPostgres) expect(await readdir(folder.path)).toEqual(["data"]);
    // In /proc nobody makes folders, not even root.
    expect(await check("/proc/promptforge/data")).toMatchObject({
      status: "fail",
      message: expect.stringContaining("nothing can be made in /proc"),
    });
    await writeFile(join(folder.path, "file"), "");
    expect(await check(join(folder.path, "file"))).toMatchObject({
      status: "fail",
      message: expect.stringContaining("is not a folder"),
    });
  });

  it("tells a server of ours on the port from something else", async () => {
    const portCheck = async (port: string | number) => {
      const { stdout } = await folder.run(["doctor", "--json"], { env: { PROMPTFORGE_PORT: String(port) } });
      const { checks }: Report = JSON.parse(stdout);
      return checks.find(({ name }) => name === "port");
    };
    const served = await serveProgram(folder.dataDir);
    try {
      expect(await portCheck(new URL(served.url).port)).toMatchObject({
        status: "ok",
        message: expect.stringContaining("PromptForge is served"),
      });
    } finally {
      await served.stop();
    }
    const other = createServer((_request, response) => response.end("Hello"));
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    try {
      const { port } = other.address() as AddressInfo;
      expect(await portCheck(port)).toMatchObject({
        status: "warn",
        message: expect.stringContaining("in use by something else"),
      });
    } finally {
      other.closeAllConnections();
      other.close();
    }
  });
});
