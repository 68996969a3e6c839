import { describe, expect, it } from "vitest";
import { createSqliteVecIndex } from "../../src/storage/sqlite/vector-index.ts";
import { found, store } from "../storage/fixtures.ts";
import { openTemp } from "../storage/temp-sqlite.ts";
import { chunk, searchIndexContract, unit } from "./search-index-contract.ts";

async function open() {
  const storage = await openTemp();
  return { storage, index: createSqliteVecIndex(storage.database) };
}

searchIndexContract("sqlite-vec", open);

describe("sqlite-vec", () => {
  it("passes over vectors of another model's length", async () => {
    const { storage, index } = await open();
    const ann = await found(storage);
    const [old, current] = [await store(storage, ann), await store(storage, ann)];
    await index.upsert(ann.tenantId, [
      chunk(old.id, 0, new Float32Array(3).fill(1)),
      chunk(current.id, 0, unit(0)),
    ]);
    const hits = await index.nearest(ann.tenantId, unit(0), { filter: {}, limit: 5 });
    expect(hits.map(({ promptId }) => promptId)).toEqual([current.id]);
  });

  it("ranks no vector without a direction", async () => {
    const { storage, index } = await open();
    const ann = await found(storage);
    const { id } = await store(storage, ann);
    await index.upsert(ann.tenantId, [chunk(id, 0, new Float32Array(8))]);
    expect(await index.nearest(ann.tenantId, unit(0), { filter: {}, limit: 5 })).toEqual([]);
  });

  it("goes with its prompt's tenant", async () => {
    const { storage, index } = await open();
    const ann = await found(storage);
    const { id } = await store(storage, ann);
    await index.upsert(ann.tenantId, [chunk(id, 0, unit(0))]);
    storage.database.writer.client.prepare("delete from tenants where id = ?").run(ann.tenantId);
    expect(await index.count(ann.tenantId)).toBe(0);
  });
});
