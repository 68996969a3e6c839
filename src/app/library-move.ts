import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Config } from "../config/config.ts";
import { makeDataFolder } from "../config/data-folder.ts";
import { AppError } from "../domain/errors.ts";
import type { MoveSource, MoveTarget } from "../domain/ports/library-move.ts";
import { type KeyStore, keyFileStore } from "../security/key-store.ts";
import { sharedKeyStore } from "../security/shared-key-store.ts";
import { type MoveReport, type MoveStep, moveLibrary } from "../services/library-move.ts";
import { connectPostgres } from "../storage/postgres/database.ts";
import { postgresMoveSource, postgresMoveTarget } from "../storage/postgres/moving.ts";
import { sharedDocument } from "../storage/postgres/shared-document.ts";
import { openOwnersPool, tryPostgres } from "../storage/postgres/storage.ts";
import { anotherLibrary } from "../storage/sql/moving/refusals.ts";
import { movedTables } from "../storage/sql/moving/tables.ts";
import { inhabitedLibrary, sqliteMoveSource, sqliteMoveTarget } from "../storage/sqlite/moving.ts";
import { openSqliteStorage } from "../storage/sqlite/storage.ts";

const FILE = "promptforge.db";

/** A place for a library: a folder for SQLite, or a database. */
export type MovePlace =
  | { readonly kind: "sqlite"; readonly dataDir: string }
  | {
      readonly kind: "postgresql";
      readonly url: string;
      readonly ownerUrl: string | undefined;
      readonly keysSecret: string;
    };

/** Where the library of a configuration is. */
export function placeOf({ dataDir, database }: Pick<Config, "dataDir" | "database">): MovePlace {
  return database === undefined
    ? { kind: "sqlite", dataDir }
    : { kind: "postgresql", url: database.url, ownerUrl: database.ownerUrl, keysSecret: database.keysSecret };
}

/** The place that a URL names: `postgres://…`, or `sqlite:` and a folder. Throws `invalid_input`. */
export function placeNamed(
  url: string,
  given: { readonly ownerUrl?: string | undefined; readonly keysSecret?: string | undefined },
): MovePlace {
  if (url.startsWith("sqlite:")) return { kind: "sqlite", dataDir: url.replace(/^sqlite:(\/\/)?/, "") };
  if (!/^postgres(ql)?:\/\//.test(url))
    throw new AppError(
      "invalid_input",
      "A place is postgres://user:password@host/database, or sqlite: and a folder.",
    );
  if (given.keysSecret === undefined || given.keysSecret.length < 32)
    throw new AppError(
      "invalid_input",
      "Set PROMPTFORGE_KEYS_SECRET to 32 characters or more, at random: it seals the signing keys in the database.",
    );
  return { kind: "postgresql", url, ownerUrl: given.ownerUrl, keysSecret: given.keysSecret };
}

/** How many rows there are to move. */
export async function sizeOfMove(from: MovePlace): Promise<ReadonlyMap<string, number>> {
  const source = await openSource(from);
  try {
    return await source.snapshot(async (reader) => {
      const counts = new Map<string, number>();
      for (const table of movedTables) counts.set(table.name, await reader.count(table));
      return counts;
    });
  } finally {
    await source.close();
  }
}

/**
 * Tries a place without changing anything: a database has to be there and to let its roles in, a folder is made when it is needed.
 * Throws `unavailable`, and `conflict` where another library is.
 */
export async function tryPlace(from: MovePlace, to: MovePlace): Promise<void> {
  const there = to.kind === "postgresql" ? await tryPostgres(to) : await libraryIn(to.dataDir);
  if (there === undefined) return;
  const source = await openSource(from);
  const own = await source.libraryId().finally(() => source.close());
  if (there !== own) throw anotherLibrary();
}

async function libraryIn(dataDir: string): Promise<string | undefined> {
  const file = join(dataDir, FILE);
  return (await isThere(file)) ? inhabitedLibrary(file) : undefined;
}

async function isThere(file: string): Promise<boolean> {
  return (await stat(file).catch(() => undefined)) !== undefined;
}

/**
 * Moves a library and its signing keys. The source is sealed then: what serves it refuses changes until it is started at the new
 * place. Vectors are not moved: whoever starts there has them made anew, unless the index is in a Qdrant server that stays.
 */
export async function moveTo(options: {
  readonly from: MovePlace;
  readonly to: MovePlace;
  readonly onProgress: (step: MoveStep, done: number) => void;
  readonly signal: AbortSignal;
}): Promise<MoveReport> {
  const { from, to, onProgress, signal } = options;
  const source = await openSource(from);
  try {
    const target = await openTarget(to);
    try {
      await copyKeys(from, to);
      return await moveLibrary({ source, target, tables: movedTables, onProgress, signal });
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

/** Takes the seal off a library that was moved away, so that it can be used again where it was. */
export async function unseal(place: MovePlace): Promise<void> {
  const source = await openSource(place);
  await source.release().finally(() => source.close());
}

async function openSource(place: MovePlace): Promise<MoveSource> {
  if (place.kind === "sqlite") {
    const file = join(place.dataDir, FILE);
    if (!(await isThere(file))) throw new AppError("not_found", `There is no library in ${place.dataDir}.`);
    return sqliteMoveSource(await openSqliteStorage({ file, busyTimeoutMs: 30_000 }));
  }
  return postgresMoveSource(await openOwnersPool(place));
}

async function openTarget(place: MovePlace): Promise<MoveTarget> {
  if (place.kind === "postgresql") return postgresMoveTarget(await openOwnersPool(place));
  await makeDataFolder(place.dataDir);
  return sqliteMoveTarget(await openSqliteStorage({ file: join(place.dataDir, FILE) }));
}

/** So that tokens, cursors and the secrets of webhooks stay good. */
async function copyKeys(from: MovePlace, to: MovePlace): Promise<void> {
  const keys = await withKeys(from, (store) => store.read());
  if (keys !== undefined) await withKeys(to, (store) => store.create(keys.content));
}

async function withKeys<T>(place: MovePlace, work: (store: KeyStore) => Promise<T>): Promise<T> {
  if (place.kind === "sqlite") return work(keyFileStore(join(place.dataDir, "keys.json")));
  const database = connectPostgres(await openOwnersPool(place));
  try {
    return await work(sharedKeyStore(sharedDocument(database, "signing keys"), place.keysSecret));
  } finally {
    await database.close();
  }
}
