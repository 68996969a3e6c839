import { openSqliteStorage } from "../../../src/storage/sqlite/storage.ts";

/** Founds tenants 0, 1, 2 … and prints each number once it is acknowledged, until it is killed. */
const [file] = process.argv.slice(2);
if (file === undefined) throw new Error("Usage: write-until-killed.ts FILE");
const storage = await openSqliteStorage({ file });
for (let n = await storage.directory.read((directory) => directory.countTenants()); ; n++) {
  await storage.directory.write((directory) =>
    directory.insertTenant({ id: String(n), name: "tenant", createdAt: new Date() }),
  );
  process.stdout.write(`${n}\n`);
}
