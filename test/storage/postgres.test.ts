import { describe, onTestFinished } from "vitest";
import { openPostgresStorage } from "../../src/storage/postgres/storage.ts";
import { POSTGRES_MISSING } from "../support/postgres.ts";
import { createLibrary } from "../support/shared-postgres.ts";
import { storageContract } from "./storage-contract.ts";

if (POSTGRES_MISSING !== undefined) console.warn(`Skipped, the contract on PostgreSQL: ${POSTGRES_MISSING}`);

describe.skipIf(POSTGRES_MISSING !== undefined)("with a PostgreSQL server", () => {
  storageContract("PostgreSQL", async () => {
    const storage = await openPostgresStorage(await createLibrary());
    onTestFinished(() => storage.close());
    return storage;
  });
});
