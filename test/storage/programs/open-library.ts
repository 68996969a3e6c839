import { openSqliteStorage } from "../../../src/storage/sqlite/storage.ts";

/** Opens the library of its first argument, founds a tenant in it, and prints its schema version: for tests of racing openers. */
const [file, id] = process.argv.slice(2);
if (file === undefined || id === undefined) throw new Error("Usage: open-library.ts FILE ID");
const storage = await openSqliteStorage({ file, busyTimeoutMs: 30_000 });
await storage.directory.write((directory) => directory.insertTenant({ id, name: id, createdAt: new Date() }));
process.stdout.write(String((await storage.inspect()).schemaVersion));
await storage.close();
