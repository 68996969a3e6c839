import { open as openFile } from "node:fs/promises";
import Database from "better-sqlite3";
import { describe, expect, it, onTestFinished } from "vitest";
import { openSqliteStorage, type SqliteStorage } from "../../src/storage/sqlite/storage.ts";
import { found, store } from "./fixtures.ts";
import { openTemp, tempFile } from "./temp-sqlite.ts";

describe("a SQLite library in trouble", () => {
  it("says that the disk is full, loses nothing acknowledged, and goes on when there is space", async () => {
    const storage = await openTemp();
    const ann = await found(storage);
    const { client } = storage.database.writer;
    const pages = client.pragma("page_count", { simple: true });
    client.pragma(`max_page_count = ${String(pages)}`);

    let acknowledged = 0;
    const fill = async () => {
      for (;;) {
        await store(storage, ann, {}, "text ".repeat(2000));
        acknowledged += 1;
      }
    };
    await expect(fill()).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringMatching(/disk.*full/),
    });
    const count = () => storage.tenant(ann.tenantId).read(({ prompts }) => prompts.count());
    expect(await count()).toBe(acknowledged);

    client.pragma("max_page_count = 100000");
    await store(storage, ann, {}, "text ".repeat(2000));
    expect(await count()).toBe(acknowledged + 1);
    expect((await storage.inspect()).integrity).toBe("ok");
  });

  it("says that another process holds the lock, after waiting", async () => {
    const { storage, other } = await withOtherProcess({ busyTimeoutMs: 50 });
    other.exec("BEGIN IMMEDIATE");
    await expect(found(storage)).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("locked"),
    });
    other.exec("ROLLBACK");
    await found(storage);
  });

  it("waits for another process's lock while it goes on answering reads", async () => {
    const { storage, other } = await withOtherProcess({ busyTimeoutMs: 60_000 });
    other.exec("BEGIN IMMEDIATE");
    const write = found(storage, "waiting");
    const reader = () => storage.directory.read((directory) => directory.findUserByName("waiting"));
    for (let n = 0; n < 5; n++) {
      expect(await reader()).toBeUndefined();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    other.exec("COMMIT");
    await write;
    expect(await reader()).toBeDefined();
  });

  it("says that the library is read-only", async () => {
    const storage = await openTemp();
    storage.database.writer.client.pragma("query_only = ON");
    await expect(found(storage)).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("read-only"),
    });
  });

  it("finds damage when it is inspected, and says that a damaged page cannot be read", async () => {
    const file = await tempFile();
    const before = await openSqliteStorage({ file });
    const ann = await found(before);
    for (let n = 0; n < 20; n++) await store(before, ann, { name: `p${n}` }, "text ".repeat(10_000));
    await before.close();
    const pages = await openFile(file, "r+");
    const { size } = await pages.stat();
    // All but the first half, which holds the schema.
    const start = size >> 1;
    await pages.write(Buffer.alloc(size - start, 0xff), 0, size - start, start);
    await pages.close();

    const storage = await openTemp({ file });
    expect((await storage.inspect()).integrity).not.toBe("ok");
    const readAll = storage.tenant(ann.tenantId).read(async ({ versions, prompts }) => {
      const page = { filter: {}, sort: "name", descending: false, limit: 100 } as const;
      await versions.findMany((await prompts.list(page)).map(({ id }) => ({ promptId: id, number: 1 })));
    });
    await expect(readAll).rejects.toMatchObject({
      code: "unavailable",
      message: expect.stringContaining("damaged"),
    });
  });

  it("says that it is closed, and lets what was under way finish first", async () => {
    const storage = await openSqliteStorage({ file: await tempFile() });
    const [ann] = await Promise.all([found(storage), storage.close()]);
    expect(ann.tenantId).toBeDefined();
    const closed = { code: "unavailable", message: expect.stringContaining("closed") };
    await expect(storage.ping()).rejects.toMatchObject(closed);
    await expect(found(storage)).rejects.toMatchObject(closed);
  });

  it("tells nothing of SQL, paths or stored text", async () => {
    const { storage, other } = await withOtherProcess({ busyTimeoutMs: 20 });
    other.exec("BEGIN IMMEDIATE");
    const error = await found(storage, "a-secret-name").catch((thrown: unknown) => thrown);
    other.exec("ROLLBACK");
    const shown = JSON.stringify({ ...(error as object), message: (error as Error).message });
    for (const secret of ["a-secret-name", "insert", "BEGIN", storage.database.file]) {
      expect(shown).not.toContain(secret);
    }
  });
});

/** A library and a second connection to its file, as another process has one. */
async function withOtherProcess(options: { readonly busyTimeoutMs: number }) {
  const storage: SqliteStorage = await openTemp(options);
  const other = new Database(storage.database.file);
  onTestFinished(() => {
    other.close();
  });
  return { storage, other };
}
