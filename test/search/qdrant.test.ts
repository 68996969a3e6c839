import { randomUUID } from "node:crypto";
import { QdrantClient } from "@qdrant/js-client-rest";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SearchIndex } from "../../src/domain/ports/search.ts";
import { createQdrantIndex, type QdrantIndexOptions } from "../../src/search/index/qdrant.ts";
import type { SqliteStorage } from "../../src/storage/sqlite/storage.ts";
import { archive, type Founded, found, type PromptRecord, store, versionOf } from "../storage/fixtures.ts";
import { openTemp } from "../storage/temp-sqlite.ts";
import { intercepted, type SeenRequest, type Verdict } from "../support/intercepted.ts";
import { type QdrantServer, startQdrant } from "../support/qdrant.ts";
import { describeWithQdrant } from "../support/with-qdrant.ts";
import { confinementContract } from "./confinement-contract.ts";
import { chunk, searchIndexContract, unit } from "./search-index-contract.ts";

let server: QdrantServer;

/** A storage, and an index in a collection of its own. */
async function open(options: Partial<QdrantIndexOptions> = {}) {
  const storage = await openTemp();
  const { url, apiKey } = server;
  const settings = { url, apiKey, collection: `test-${randomUUID()}`, dimensions: 8, storage, ...options };
  return { storage, settings, index: createQdrantIndex(settings) };
}

/** The same, with somebody in the middle. */
async function openIntercepted(judge: (request: SeenRequest) => Promise<Verdict> | Verdict) {
  return open({ url: await intercepted(server.url, judge) });
}

const everything = { filter: {}, limit: 10 };

describeWithQdrant("with a real server", () => {
  beforeAll(async () => {
    server = await startQdrant();
  });
  afterAll(() => server.close());

  searchIndexContract("Qdrant", open);

  describe("the collection", () => {
    it("has a graph for each tenant and none over all, and payload indexes for tenant and prompt", async () => {
      const { index, settings } = await open();
      await index.ensure();
      const { config, payload_schema } = await inspect(settings);
      expect(config.params.vectors).toMatchObject({ size: 8, distance: "Cosine" });
      expect(config.hnsw_config).toMatchObject({ m: 0, payload_m: 16 });
      expect(payload_schema).toMatchObject({
        tenant_id: { data_type: "keyword", params: { is_tenant: true } },
        prompt_id: { data_type: "keyword" },
      });
    });

    it("is its library's alone: another one is refused, and neither writes to it nor drops it", async () => {
      const { index, settings, storage } = await open();
      const ann = await found(storage);
      const { id } = await store(storage, ann);
      await index.upsert(ann.tenantId, [chunk(id, 0, unit(0))]);
      const other = createQdrantIndex({ ...settings, storage: await openTemp() });
      const refusal = {
        code: "unavailable",
        message: expect.stringContaining("PROMPTFORGE_QDRANT_COLLECTION"),
      };
      for (const call of [other.ensure, other.reset, () => other.count(ann.tenantId)])
        await expect(call()).rejects.toMatchObject(refusal);
      expect(await index.count(ann.tenantId)).toBe(1);
      // One that nobody has signed, as an older program made it, becomes the library's that uses it first.
      await clientOf(settings).updateCollection(settings.collection, { metadata: {} });
      await createQdrantIndex(settings).ensure();
      await expect(other.ensure()).rejects.toMatchObject(refusal);
    });

    it("is made once by many at a time, and gets what a maker that died left out", async () => {
      const { settings } = await open();
      await Promise.all(Array.from({ length: 4 }, () => createQdrantIndex(settings).ensure()));
      await clientOf(settings).deletePayloadIndex(settings.collection, "prompt_id");
      await createQdrantIndex(settings).ensure();
      expect((await inspect(settings)).payload_schema).toHaveProperty("prompt_id");
    });

    it("is refused, with what to do, when its vectors are of another length, until it is reset", async () => {
      const { storage, settings, index } = await open();
      await index.ensure();
      const other = createQdrantIndex({ ...settings, dimensions: 4 });
      await expect(other.ensure()).rejects.toMatchObject({
        code: "unavailable",
        message: expect.stringMatching(/8 components.*needs 4.*PROMPTFORGE_QDRANT_COLLECTION/),
      });
      await other.reset();
      const ann = await found(storage);
      const { id } = await store(storage, ann);
      await other.upsert(ann.tenantId, [chunk(id, 0, unit(0).slice(0, 4))]);
      // The first one does not know yet: it looks again, and does not write what cannot be compared.
      await expect(index.upsert(ann.tenantId, [chunk(id, 0, unit(0))])).rejects.toMatchObject({
        code: "unavailable",
      });
    });

    it("is named by the index's id, by address and name and without the key", async () => {
      const { index, settings } = await open();
      expect(index.id).toMatch(
        new RegExp(`^qdrant:${new URL(server.url).host}/${settings.collection}#\\d+$`),
      );
    });
  });

  confinementContract(async () => server);

  describe("every request", () => {
    it("is answered without compression, which costs more than it saves", async () => {
      const asked = new Set<unknown>();
      const { index } = await openIntercepted(({ headers }) => void asked.add(headers["accept-encoding"]));
      await index.ensure();
      expect(asked).toEqual(new Set(["identity"]));
    });
  });

  describe("chunks that are overtaken on their way", () => {
    interface World {
      readonly storage: SqliteStorage;
      readonly ann: Founded;
      readonly prompt: PromptRecord;
      /** An index over the same collection, of another process. */
      readonly other: SearchIndex;
    }

    /** Runs `meanwhile` after the index has looked at the database, and before Qdrant gets the chunks; gives whose indexing is due after. */
    async function overtaken(meanwhile: (world: World) => Promise<void>) {
      let interrupt: (() => Promise<void>) | undefined;
      const { storage, settings, index } = await openIntercepted(async ({ method, path }) => {
        if (method !== "PUT" || !path.includes("/points")) return undefined;
        const work = interrupt;
        interrupt = undefined;
        await work?.();
        return undefined;
      });
      const ann = await found(storage);
      const prompt = await store(storage, ann);
      await forgetOutbox(storage);
      const other = createQdrantIndex({ ...settings, url: server.url });
      interrupt = () => meanwhile({ storage, ann, prompt, other });
      await index.upsert(ann.tenantId, [chunk(prompt.id, 0, unit(0)), chunk(prompt.id, 1, unit(1))]);
      const due = (await storage.outbox.claim("first", 9, 0)).map(({ promptId }) => promptId);
      return { index, ann, prompt, due };
    }

    async function forgetOutbox(storage: SqliteStorage): Promise<void> {
      await storage.outbox.complete(await storage.outbox.claim("first", 9, 0));
    }

    it("replace nothing of a newer version, and their prompt is indexed once more", async () => {
      const { index, ann, prompt, due } = await overtaken(async ({ storage, ann, prompt, other }) => {
        const next = { ...prompt, latestVersion: 2 };
        await storage.tenant(ann.tenantId).write(async (tenant) => {
          await tenant.versions.insert(versionOf(next));
          await tenant.prompts.update(next);
        });
        await other.upsert(ann.tenantId, [chunk(prompt.id, 0, unit(2), 2)]);
        await other.prune(ann.tenantId, prompt.id, 2);
      });
      const [hit] = await index.nearest(ann.tenantId, unit(2), everything);
      expect(hit).toMatchObject({ promptId: prompt.id, position: 0 });
      expect(hit?.similarity).toBeCloseTo(1, 5);
      const newer = { promptId: prompt.id, version: 2, chunks: 1, total: 1 };
      expect(await index.inventory(ann.tenantId)).toContainEqual(newer);
      expect(due).toEqual([prompt.id]);
    });

    it("do not stay when their prompt was archived: it is on the index's list once more", async () => {
      const { prompt, due } = await overtaken(async ({ storage, ann, prompt, other }) => {
        await archive(storage, ann.tenantId, prompt);
        await other.prune(ann.tenantId, prompt.id);
        await forgetOutbox(storage);
      });
      expect(due).toEqual([prompt.id]);
    });

    it("need no second time when nothing has changed", async () => {
      expect((await overtaken(async () => undefined)).due).toEqual([]);
    });
  });
});

const clientOf = ({ url, apiKey }: QdrantIndexOptions) =>
  new QdrantClient({ url, headers: { "api-key": apiKey }, checkCompatibility: false });

const inspect = (settings: QdrantIndexOptions) => clientOf(settings).getCollection(settings.collection);
