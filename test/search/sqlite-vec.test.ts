import { describe, expect, it } from "vitest";
import { found, store } from "../storage/fixtures.ts";
import { openTemp } from "../storage/temp-sqlite.ts";
import { chunk, searchIndexContract, unit } from "./search-index-contract.ts";

async function open() {
  const storage = await openTemp();
  return { storage, index: storage.searchIndex };
}

searchIndexContract("sqlite-vec", open);

describe("sqlite-vec", () => {
  it("takes nothing of an older version that a slow worker brings after the newer one", async () => {
    const { storage, index } = await open();
    const ann = await found(storage);
    const { id } = await store(storage, ann, { latestVersion: 2 });
    await index.upsert(ann.tenantId, [chunk(id, 0, unit(0), 2)]);
    await index.upsert(ann.tenantId, [chunk(id, 0, unit(1), 1), chunk(id, 1, unit(2), 1)]);
    await index.prune(ann.tenantId, id, 1);

    expect(await index.count(ann.tenantId)).toBe(1);
    expect(await index.nearest(ann.tenantId, unit(0), { filter: {}, limit: 5 })).toMatchObject([
      { version: 2 },
    ]);
  });

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

  it("takes a vector that is a part of a larger buffer", async () => {
    const { storage, index } = await open();
    const ann = await found(storage);
    const { id } = await store(storage, ann);
    const batch = Float32Array.from([...unit(1), ...unit(2)]);
    await index.upsert(ann.tenantId, [chunk(id, 0, batch.subarray(8))]);
    const [hit] = await index.nearest(ann.tenantId, batch.subarray(8), { filter: {}, limit: 5 });
    expect(hit?.similarity).toBeCloseTo(1, 5);
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
