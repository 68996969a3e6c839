import { describe, expect, it } from "vitest";
import { AppError } from "../../src/domain/errors.ts";
import type { Embedder } from "../../src/domain/ports/search.ts";
import { guardedIndex, heldIndex } from "../../src/search/guarded-index.ts";
import { createIndexGenerations } from "../../src/search/index-generations.ts";
import { createIndexer } from "../../src/search/indexer.ts";
import { createReconciler } from "../../src/search/reconciler.ts";
import { type Library, openLibrary, type TestMember } from "../support/library.ts";

const quiet = { info: () => undefined, warn: () => undefined };

/** The indexing half of an app, with another embedder than the library's own. */
function indexing({ app }: Library, embedder: Embedder) {
  const { storage, searchIndex } = app;
  const generations = createIndexGenerations({
    storage,
    searchIndex,
    fingerprint: embedder.fingerprint,
    log: quiet,
  });
  const indexer = createIndexer({ storage, searchIndex, embedder, generations, log: quiet, leaseMs: 30_000 });
  return { generations, indexer, index: guardedIndex(searchIndex, generations) };
}

async function withLibrary(work: (library: Library, ada: TestMember) => Promise<void>): Promise<void> {
  const library = await openLibrary();
  try {
    const ada = await library.found("ada");
    await ada.call("create_prompt", { name: "tea", content: "How to brew green tea" });
    await ada.call("create_prompt", { name: "long", content: "A long story about the sea. ".repeat(200) });
    await library.app.indexer.drain();
    await work(library, ada);
  } finally {
    await library.close();
  }
}

describe("another embedding model", () => {
  it("is told from the index's own: search goes by words until every prompt is embedded anew, then switches over", async () => {
    await withLibrary(async (library, ada) => {
      const { embedder } = library.app;
      const other: Embedder = { ...embedder, fingerprint: "another-model/384" };
      const second = indexing(library, other);
      await library.app.generations.release();
      const { tenantId } = ada.caller;
      const ask = async () =>
        second.index.nearest(tenantId, await embedder.embedQuery("tenant", "tea"), { filter: {}, limit: 1 });

      await expect(ask()).rejects.toMatchObject({ code: "unavailable" });
      await second.generations.prepare();
      expect(await library.app.searchIndex.count(tenantId)).toBe(0);
      await expect(ask()).rejects.toMatchObject({ code: "unavailable" });
      await second.indexer.drain();
      expect(await ask()).toHaveLength(1);
      expect(await library.app.generations.obstacle()).toContain("another-model");
    });
  });

  it("goes on where it was interrupted while clearing", async () => {
    await withLibrary(async (library) => {
      const second = indexing(library, { ...library.app.embedder, fingerprint: "another" });
      const { indexState } = library.app.storage;
      const fingerprint = `another@${library.app.searchIndex.id}`;
      await library.app.generations.release();
      // One that took the index over and died before it had cleared it.
      const gone = { id: "gone", fingerprint, expiresAt: new Date(Date.now() + 60_000) };
      expect(await indexState.hold(gone, new Date())).toMatchObject({
        granted: true,
        state: { phase: "clearing" },
      });
      await expect(second.indexer.drain()).rejects.toMatchObject({ code: "unavailable" });
      await indexState.release(gone.id);
      await second.indexer.drain();
      expect(await indexState.get()).toMatchObject({ fingerprint, phase: "ready" });
      expect(await second.generations.obstacle()).toBeUndefined();
    });
  });
});

describe("two processes with different embedders on one library", () => {
  it("do not clear each other's index: the second searches by words and says why, until the first is gone", async () => {
    await withLibrary(async (library, ada) => {
      const { app } = library;
      const { tenantId } = ada.caller;
      const second = indexing(library, { ...app.embedder, fingerprint: "another-model/384" });
      const before = await app.searchIndex.inventory(tenantId);
      const refused = { code: "unavailable", message: expect.stringContaining("another process fills it") };
      for (const call of [second.generations.prepare, second.generations.rebuild, second.indexer.drain])
        await expect(call()).rejects.toMatchObject(refused);
      const vector = await app.embedder.embedQuery(tenantId, "tea");
      await expect(second.index.nearest(tenantId, vector, { filter: {}, limit: 1 })).rejects.toMatchObject(
        refused,
      );
      await ada.call("create_prompt", { name: "coffee", content: "How to brew coffee" });
      await app.indexer.drain();
      expect(await app.searchIndex.inventory(tenantId)).toHaveLength(before.length + 1);
      expect((await ada.call("search_prompts", { query: "brew coffee" })).degraded).toBe(false);

      await app.generations.release();
      await second.indexer.drain();
      expect(await second.index.nearest(tenantId, vector, { filter: {}, limit: 1 })).toHaveLength(1);
      // Now it is the first that waits, and says so.
      expect((await ada.call("search_prompts", { query: "brew coffee" })).degraded).toBe(true);
      await expect(app.indexer.drain()).rejects.toMatchObject(refused);
    });
  });

  it("take over from one that fell silent, whose late vectors are refused", async () => {
    await withLibrary(async (library, ada) => {
      const { storage, searchIndex, embedder } = library.app;
      const { tenantId } = ada.caller;
      let minutes = 10;
      const now = () => new Date(Date.now() + minutes * 60_000);
      const generationsOf = (fingerprint: string) =>
        createIndexGenerations({ storage, searchIndex, fingerprint, log: quiet, now });
      await library.app.generations.release();
      const [silent, next] = [generationsOf("one"), generationsOf("two")];
      await silent.prepare();
      await expect(next.prepare()).rejects.toMatchObject({ code: "unavailable" });
      minutes += 2;
      await next.prepare();
      const [held] = await storage.tenant(tenantId).read(({ prompts }) => prompts.latestVersions());
      const vector = await embedder.embedQuery(tenantId, "x");
      const late = {
        promptId: held!.id,
        version: 1,
        position: 0,
        total: 1,
        span: { start: 0, end: 1 },
        vector,
      };
      await expect(heldIndex(searchIndex, silent).upsert(tenantId, [late])).rejects.toMatchObject({
        code: "unavailable",
      });
      expect(await searchIndex.count(tenantId)).toBe(0);
      await heldIndex(searchIndex, next).upsert(tenantId, [late]);
      expect(await searchIndex.count(tenantId)).toBe(1);
    });
  });
});

describe("an entry that cannot be indexed", () => {
  it("is put off, and buried after eight tries with its reason; an outage buries nothing", async () => {
    await withLibrary(async (library, ada) => {
      const { storage } = library.app;
      await ada.call("update_prompt", { name: "tea", content: "poison" });
      const [entry] = await storage.outbox.claim("first", 1, 0);
      for (let n = 1; n < 8; n++) await storage.outbox.retry(entry!, 0, "earlier");
      const failing = indexing(library, {
        ...library.app.embedder,
        split: () => Promise.reject(new Error("cannot be split")),
      });
      const away = indexing(library, {
        ...library.app.embedder,
        split: () => Promise.reject(new AppError("unavailable", "The model is away.")),
      });
      for (let n = 0; n < 20; n++) {
        await expect(away.indexer.drain()).rejects.toMatchObject({ code: "unavailable" });
        await storage.outbox.release([entry!]);
      }
      expect(await storage.outbox.counts()).toMatchObject({ first: 1, failing: 1, buried: 0 });
      await failing.indexer.drain();
      expect(await storage.outbox.deadLetters(9)).toMatchObject([{ attempts: 8, reason: "cannot be split" }]);
      expect((await ada.call("search_prompts", { query: "tea" })).pending).toBe(1);

      await library.app.generations.rebuild();
      await library.app.indexer.drain();
      expect(await storage.outbox.deadLetters(9)).toEqual([]);
      expect((await ada.call("search_prompts", { query: "tea" })).pending).toBe(0);
    });
  });
});

describe("reconcile", () => {
  it("finds what is missing, stale and orphaned, and repairs it", async () => {
    await withLibrary(async (library, ada) => {
      const { storage, searchIndex, indexer } = library.app;
      const { tenantId } = ada.caller;
      const reconciler = createReconciler({ storage, searchIndex, indexer, patienceMs: 60_000 });
      expect(await reconciler.reconcile()).toMatchObject({ found: { missing: 0, stale: 0, orphaned: 0 } });

      const tea = await ada.call("get_prompt", { name: "tea" });
      const long = await ada.call("get_prompt", { name: "long" });
      const gone = await ada.call("create_prompt", { name: "gone", content: "x" });
      const vector = await library.app.embedder.embedQuery("tenant", "x");
      const point = { position: 0, total: 1, span: { start: 0, end: 1 }, vector };
      await indexer.drain();
      // Behind the back of the outbox: a chunk lost, a prompt lost, one archived and still there.
      await searchIndex.prune(tenantId, tea.id);
      await searchIndex.prune(tenantId, long.id);
      await searchIndex.upsert(tenantId, [{ ...point, promptId: long.id, version: 1, total: 9 }]);
      await ada.call("archive_prompt", { name: "gone" });
      await storage.outbox.complete(await storage.outbox.claim("first", 9, 0));

      expect(await reconciler.reconcile()).toEqual({
        found: { missing: 2, stale: 0, orphaned: 1 },
        left: { missing: 0, stale: 0, orphaned: 0 },
      });
      expect((await searchIndex.inventory(tenantId)).map((held) => held.promptId)).not.toContain(gone.id);
    });
  });

  it("does not wait for ever for what another process has taken, and goes on where it was", async () => {
    await withLibrary(async (library, ada) => {
      const { storage, searchIndex, indexer } = library.app;
      await ada.call("create_prompt", { name: "taken", content: "x" });
      const taken = await storage.outbox.claim("first", 9, 3_600_000);
      const reconciler = createReconciler({ storage, searchIndex, indexer, patienceMs: 300 });
      await expect(reconciler.reconcile()).rejects.toMatchObject({
        code: "unavailable",
        message: expect.stringContaining("1 prompts on the index's list do not move"),
      });
      await storage.outbox.release(taken);
      expect((await reconciler.reconcile()).left).toEqual({ missing: 0, stale: 0, orphaned: 0 });
    });
  });
});
