import { join } from "node:path";
import type { Config } from "../config/config.ts";
import type { DatabaseConfig } from "../config/database-settings.ts";
import type { EventRelay } from "../domain/ports/event-relay.ts";
import type { RateLimiter } from "../domain/ports/rate-limiter.ts";
import type { SearchIndex } from "../domain/ports/search.ts";
import type { Storage } from "../domain/ports/storage.ts";
import type { Logger } from "../observability/logger.ts";
import { createPostgresRateLimiter } from "../security/postgres-rate-limiter.ts";
import { createMemoryRateLimiter } from "../security/rate-limiter.ts";
import { sharedKeyStore } from "../security/shared-key-store.ts";
import { openSharedRateLimiter } from "../security/shared-rate-limiter.ts";
import {
  openSigningKeys,
  openStoredKeys,
  type SigningKeyOptions,
  type SigningKeys,
} from "../security/signing-keys.ts";
import { createEventRelay } from "../storage/postgres/event-relay.ts";
import { sharedDocument } from "../storage/postgres/shared-document.ts";
import { openPostgresStorage } from "../storage/postgres/storage.ts";
import { openSqliteStorage } from "../storage/sqlite/storage.ts";
import { createSqliteVecIndex } from "../storage/sqlite/vector-index.ts";

/** What a library stands on: one file and its folder, or a database that replicas share. */
export interface Foundation {
  readonly storage: Storage;
  readonly keys: SigningKeys;
  readonly limiter: RateLimiter;
  /** `undefined`: no other process is told of events. */
  readonly relay: EventRelay | undefined;
  /** The library's own file; `undefined`: there is none. */
  readonly file: string | undefined;
  /** The index of meanings that is kept beside the rows; `undefined`: there is none. */
  readonly ownIndex: SearchIndex | undefined;
}

/** Throws `unavailable` when something of it cannot be opened. */
export async function openFoundation(config: Config, log: Logger, now: () => Date): Promise<Foundation> {
  const options: SigningKeyOptions = {
    now,
    onUnreadable: (err) => log.error({ err }, "the signing keys cannot be read any more"),
  };
  const foundation =
    config.database === undefined
      ? await openFiles(config, options)
      : await openDatabase(config, config.database, log, options);
  for (const warning of foundation.keys.warnings) log.warn(warning);
  return foundation;
}

async function openFiles(config: Config, options: SigningKeyOptions): Promise<Foundation> {
  const { dataDir, limits } = config;
  const keys = await openSigningKeys({ dataDir, ...options });
  const storage = await openSqliteStorage({ file: join(dataDir, "promptforge.db") });
  return {
    storage,
    keys,
    limiter:
      limits.store === "shared"
        ? openSharedRateLimiter(join(dataDir, "limits.db"))
        : createMemoryRateLimiter(),
    relay: undefined,
    file: storage.database.file,
    ownIndex: createSqliteVecIndex(storage.database),
  };
}

async function openDatabase(
  { limits }: Config,
  { keysSecret, ...database }: DatabaseConfig,
  log: Logger,
  options: SigningKeyOptions,
): Promise<Foundation> {
  const storage = await openPostgresStorage({
    ...database,
    onConnectionLost: (err) => log.warn({ err }, "a connection to the database was lost"),
  });
  try {
    const document = sharedDocument(storage.database, "signing keys");
    return {
      storage,
      keys: await openStoredKeys(sharedKeyStore(document, keysSecret), options),
      limiter:
        limits.store === "shared"
          ? createPostgresRateLimiter(storage.database.pool)
          : createMemoryRateLimiter(),
      relay: createEventRelay({
        database: storage.database,
        url: database.url,
        onFailure: (err) => log.warn({ err }, "events of other processes cannot be exchanged just now"),
      }),
      file: undefined,
      ownIndex: undefined,
    };
  } catch (thrown) {
    await storage.close();
    throw thrown;
  }
}
