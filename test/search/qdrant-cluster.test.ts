import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { localCall } from "../../src/domain/identity.ts";
import { createQdrantIndex, type QdrantIndexOptions } from "../../src/search/index/qdrant.ts";
import { found, store } from "../storage/fixtures.ts";
import { openTemp } from "../storage/temp-sqlite.ts";
import { eventually } from "../support/eventually.ts";
import { intercepted } from "../support/intercepted.ts";
import { type Library, openLibrary, type TestMember } from "../support/library.ts";
import { type QdrantCluster, startQdrantCluster } from "../support/qdrant-cluster.ts";
import { describeWithQdrant } from "../support/with-qdrant.ts";
import { chunk, searchIndexContract, unit } from "./search-index-contract.ts";

const NOTHING = { missing: 0, stale: 0, orphaned: 0 };
const TITLES = ["Brew green tea", "Review a pull request", "Plan a birthday party"];

describeWithQdrant("a cluster of three nodes", () => {
  let cluster: QdrantCluster;
  beforeAll(async () => {
    cluster = await startQdrantCluster();
  });
  afterAll(() => cluster.close());

  /** A storage, and an index in a collection of its own. */
  async function open(options: Partial<QdrantIndexOptions> = {}) {
    const storage = await openTemp();
    const [url = "", ...otherUrls] = cluster.nodes.map((node) => node.url);
    const settings = {
      url,
      otherUrls,
      apiKey: cluster.apiKey,
      collection: `test-${randomUUID()}`,
      dimensions: 8,
      storage,
      layout: { shards: 3, replicas: 2, writeConsistency: 1 },
      timeoutMs: 30_000,
      ...options,
    };
    return { storage, settings, index: createQdrantIndex(settings) };
  }

  /** All shards of a collection are where they belong, and nothing is on its way. */
  const whole = (collection: string) =>
    eventually(async () => {
      const { shards, transfers } = await cluster.view(collection);
      return transfers === 0 && shards.every(({ state }) => state === "Active");
    });

  describe("whose tenants have a shard each", () => {
    searchIndexContract("a tiered collection in Qdrant", () =>
      open({ layout: { shards: 2, replicas: 1, tenancy: "tiered" } }),
    );

    it("moves one to a shard of its own while it is written, and loses nothing of it or of the others", async () => {
      const layout = { shards: 2, replicas: 2, writeConsistency: 1, tenancy: "tiered" } as const;
      const { index, storage, settings } = await open({ layout });
      const [ann, bob] = [await found(storage), await found(storage)];
      const { id } = await store(storage, ann);
      const other = await store(storage, bob);
      const many = Array.from({ length: 300 }, (_, at) => chunk(id, at, unit(at % 8)));
      await index.upsert(ann.tenantId, many);
      await index.upsert(bob.tenantId, [chunk(other.id, 0, unit(0))]);

      let isMoving = true;
      const moving = index.promote(ann.tenantId).finally(() => {
        isMoving = false;
      });
      let written = many.length;
      const writing = (async () => {
        while (isMoving) await index.upsert(ann.tenantId, [chunk(id, written++, unit(1))]);
      })();
      const promotion = await moving;
      await writing;
      expect(promotion).toMatchObject({ shard: ann.tenantId, replicas: 2 });
      expect(written).toBeGreaterThan(many.length);
      expect(await index.count(ann.tenantId)).toBe(written);
      expect(await index.count(bob.tenantId)).toBe(1);
      expect((await index.tenantIds()).toSorted()).toEqual([ann.tenantId, bob.tenantId].toSorted());
      const { shards } = await cluster.view(settings.collection);
      expect(shards.filter(({ key }) => key === ann.tenantId)).toHaveLength(2);
      expect((await index.layout()).facts).toContain("2 shared shards, 1 of one tenant each");

      // Again it changes nothing; and what is written, found and dropped from now on is in the new place.
      expect(await index.promote(ann.tenantId)).toEqual(promotion);
      await index.upsert(ann.tenantId, [chunk(id, written, unit(2))]);
      expect(await index.count(ann.tenantId)).toBe(written + 1);
      const hits = await index.nearest(ann.tenantId, unit(2), { filter: {}, limit: 5 });
      expect(hits.map(({ promptId }) => promptId)).toEqual([id]);
      await index.prune(ann.tenantId, id);
      expect(await index.count(ann.tenantId)).toBe(0);

      // A tenant that has a shard keeps it when everything is built anew.
      await index.reset();
      expect((await index.layout()).facts).toContain("1 of one tenant each");
      await index.upsert(ann.tenantId, many);
      expect(await index.count(ann.tenantId)).toBe(many.length);
    });

    it("refuses to move one where the collection is not made for it", async () => {
      const { index, storage } = await open();
      const { tenantId } = await found(storage);
      await index.ensure();
      await expect(index.promote(tenantId)).rejects.toMatchObject({
        code: "conflict",
        message: expect.stringContaining("PROMPTFORGE_QDRANT_TENANCY"),
      });
    });
  });

  describe("whose settings change", () => {
    it("keeps the collection that is there, and says in what it differs", async () => {
      const { index, settings } = await open();
      await index.ensure();
      expect(await index.layout()).toEqual({
        facts: "3 shards; 2 replicas, 1 of them for a write; whole vectors",
        differences: [],
        away: [],
      });
      const layout = { shards: 6, replicas: 3, quantization: "int8", tenancy: "tiered" } as const;
      const changed = createQdrantIndex({ ...settings, layout });
      const { facts, differences } = await changed.layout();
      expect(facts).toContain("3 shards; 2 replicas");
      expect(differences).toEqual([
        "PROMPTFORGE_QDRANT_TENANCY says tiered, and the collection has spread.",
        "PROMPTFORGE_QDRANT_SHARDS says 6, and the collection has 3.",
        "PROMPTFORGE_QDRANT_REPLICAS says 3, and the collection has 2.",
        "PROMPTFORGE_QDRANT_QUANTIZATION says int8, and the collection has none.",
      ]);
    });

    it("has small vectors in memory where it is told so, and finds the same", async () => {
      const { index, storage } = await open({
        layout: { quantization: "int8" },
        readConsistency: "majority",
      });
      const ann = await found(storage);
      const { id } = await store(storage, ann);
      await index.upsert(ann.tenantId, [chunk(id, 0, unit(0)), chunk(id, 1, unit(1))]);
      const [hit] = await index.nearest(ann.tenantId, unit(1), { filter: {}, limit: 5 });
      expect(hit).toMatchObject({ promptId: id });
      expect(hit?.similarity).toBeCloseTo(1, 5);
      expect((await index.layout()).facts).toContain("int8");
    });
  });

  it("is asked at another node when one hangs, and that one is left out until it answers", async () => {
    // Which of the two a process asks first is its own choice: the one that is asked first hangs from then on.
    let hanging: number | undefined;
    const asked: number[] = [];
    const between = [0, 1].map((place) =>
      intercepted(cluster.nodes[place]!.url, ({ path }) => {
        if (!path.includes("/points")) return undefined;
        asked.push(place);
        hanging ??= place;
        return hanging === place ? "hang" : undefined;
      }),
    );
    const [url = "", ...otherUrls] = await Promise.all(between);
    const { index, storage } = await open({ url, otherUrls, timeoutMs: 5_000 });
    const ann = await found(storage);
    for (let times = 0; times < 5; times++) expect(await index.count(ann.tenantId)).toBe(0);
    const other = 1 - hanging!;
    expect(asked.slice(0, 2)).toEqual([hanging, other]);
    expect(asked.slice(2).filter((place) => place === other).length).toBeGreaterThan(0);
  });

  describe("of which one is killed", () => {
    let library: Library;
    let ada: TestMember;
    const collection = `library-${randomUUID()}`;
    beforeAll(async () => {
      library = await openLibrary({
        environment: {
          QDRANT_URL: cluster.url,
          QDRANT_API_KEY: cluster.apiKey,
          PROMPTFORGE_QDRANT_COLLECTION: collection,
          PROMPTFORGE_QDRANT_SHARDS: "3",
          PROMPTFORGE_QDRANT_REPLICAS: "2",
          PROMPTFORGE_QDRANT_WRITE_CONSISTENCY: "1",
        },
      });
      ada = await library.found("ada");
      for (const title of TITLES) await write(title);
      await library.app.indexer.drain();
    });
    afterAll(() => library.close());

    const write = (title: string) => ada.call("create_prompt", { title, content: `${title}, step by step.` });

    /** By meaning, through the cluster: nothing is degraded and nothing waits. */
    async function expectFound(title: string): Promise<void> {
      const { items, degraded, pending } = await ada.call("search_prompts", { query: title });
      expect({ first: items[0]?.title, degraded, pending }).toEqual({
        first: title,
        degraded: false,
        pending: 0,
      });
      expect(items[0].similarity).toBeGreaterThan(0.5);
    }

    it.each([0, 1, 2])(
      "node %i: search and writes go on, and it is whole again once it is back",
      async (place) => {
        const node = cluster.nodes[place]!;
        await node.kill();
        for (const title of TITLES) await expectFound(title);
        const title = `Water the plants of floor ${place}`;
        await write(title);
        await library.app.indexer.drain();
        await expectFound(title);
        expect((await library.app.searchIndex.layout?.())?.away).toEqual([node.url]);

        await node.restart();
        await whole(collection);
        expect(await library.app.reconciler.reconcile()).toEqual({ found: NOTHING, left: NOTHING });
        for (const each of [...TITLES, title]) await expectFound(each);
      },
    );

    it("says of a library that is not tiered that no tenant can be promoted", async () => {
      const { tenantId } = ada.caller;
      await expect(
        library.app.services.placement.promote(tenantId, localCall("promote_tenant")),
      ).rejects.toMatchObject({ code: "conflict" });
    });
  });
});
