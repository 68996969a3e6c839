import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { KeyFile } from "../../src/security/key-file.ts";
import { sharedKeyStore } from "../../src/security/shared-key-store.ts";
import { librarySettings } from "./library.ts";
import { rawDatabase } from "./raw-database.ts";
import { inPostgres } from "./with-sqlite.ts";

/** The signing keys of a library, private parts and all, wherever it keeps them. */
export async function keptKeys(dataDir: string): Promise<KeyFile> {
  if (!inPostgres) return JSON.parse(await readFile(join(dataDir, "keys.json"), "utf8"));
  const database = await rawDatabase({ dataDir });
  const [row] = await database.rows("shared_documents", { column: "name", value: "signing keys" });
  await database.close();
  const document = { read: async () => row as { text: string; revision: number }, write: async () => false };
  const { PROMPTFORGE_KEYS_SECRET: secret = "" } = await librarySettings(dataDir);
  const read = await sharedKeyStore(document, secret).read();
  if (read === undefined) throw new Error(`The library of ${dataDir} has no signing keys`);
  return read.content;
}

/** Takes a closed library its signing keys. */
export async function loseKeys(dataDir: string): Promise<void> {
  if (!inPostgres) return rm(join(dataDir, "keys.json"));
  const database = await rawDatabase({ dataDir });
  await database.run("delete from shared_documents where name = 'signing keys'");
  await database.close();
}
