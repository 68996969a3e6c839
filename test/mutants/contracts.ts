import { randomUUID } from "node:crypto";
import { afterAll } from "vitest";
import { createQdrantIndex } from "../../src/search/index/qdrant.ts";
import { createSqliteVecIndex } from "../../src/storage/sqlite/vector-index.ts";
import { besideTwins } from "../isolation/twins.ts";
import { confinementContract } from "../search/confinement-contract.ts";
import { searchIndexContract } from "../search/search-index-contract.ts";
import { apartContract, serverContract, tenantContract } from "../storage/storage-contract.ts";
import { openTemp } from "../storage/temp-sqlite.ts";
import { type QdrantServer, startQdrant } from "../support/qdrant.ts";
import type { ContractName } from "./trials.ts";

/** The tests that have to notice a leak. */
export const CONTRACTS = {
  "beside a twin": () => tenantContract(async () => besideTwins(await openTemp())),
  Qdrant: qdrantContracts,
  "sqlite-vec": () =>
    searchIndexContract("sqlite-vec", async () => {
      const storage = await openTemp();
      return { storage, index: createSqliteVecIndex(storage.database) };
    }),
  "tenants apart": () => apartContract(openTemp),
  "of all tenants": () => serverContract(openTemp),
} as const satisfies Record<ContractName, () => void>;

function qdrantContracts(): void {
  // Not before a test that is not passed over needs it.
  let server: Promise<QdrantServer> | undefined;
  afterAll(async () => (await server)?.close());
  const start = () => {
    server ??= startQdrant();
    return server;
  };

  confinementContract(start);
  searchIndexContract("Qdrant", async () => {
    const storage = await openTemp();
    const { url, apiKey } = await start();
    const collection = `test-${randomUUID()}`;
    return { storage, index: createQdrantIndex({ url, apiKey, collection, dimensions: 8, storage }) };
  });
}
