import { describe, expect, it } from "vitest";
import type { Embedder, SearchIndex } from "../../src/domain/ports/search.ts";
import { createIndexer } from "../../src/search/indexer.ts";
import { eventually } from "../support/eventually.ts";
import { type Library, openLibrary, type TestMember } from "../support/library.ts";

const quiet = { info: () => undefined, warn: () => undefined };

async function withLibrary(work: (library: Library, ada: TestMember) => Promise<void>): Promise<void> {
  const library = await openLibrary();
  try {
    await work(library, await library.found("ada"));
  } finally {
    await library.close();
  }
}

/** An indexer on the library's own parts, with some of them replaced. */
function indexerOf({ app }: Library, parts: { embedder?: Embedder; searchIndex?: SearchIndex }) {
  return createIndexer({ ...app, log: quiet, leaseMs: 30_000, ...parts });
}

/** An index that notes what is written, in order. */
function noting(index: SearchIndex): { index: SearchIndex; written: [string, number][] } {
  const written: [string, number][] = [];
  return {
    written,
    index: {
      ...index,
      upsert: (tenantId, chunks) => {
        written.push(...chunks.map(({ promptId, position }): [string, number] => [promptId, position]));
        return index.upsert(tenantId, chunks);
      },
    },
  };
}

const LONG = "The quick brown fox jumps over the lazy dog by the river. ".repeat(300);

describe("the indexer", () => {
  it("writes the first chunk of every prompt before the rest of any, and a new prompt before more of a long one", async () => {
    await withLibrary(async (library, ada) => {
      const { index, written } = noting(library.app.searchIndex);
      const long: { id: string }[] = [];
      for (const name of ["a", "b", "c"]) long.push(await ada.call("create_prompt", { name, content: LONG }));
      let latecomer: Promise<{ id: string }> | undefined;
      const indexer = indexerOf(library, {
        searchIndex: {
          ...index,
          upsert: async (tenantId, chunks) => {
            // Somebody stores a prompt while the rest of the long ones is under way.
            if (chunks.some((chunk) => chunk.position > 1)) {
              latecomer ??= ada.call("create_prompt", { name: "late", content: "short" });
              await latecomer;
            }
            return index.upsert(tenantId, chunks);
          },
        },
      });
      await indexer.drain();
      expect(written.slice(0, 3).map(([, position]) => position)).toEqual([0, 0, 0]);
      const { id } = await latecomer!;
      const arrived = written.findIndex(([promptId]) => promptId === id);
      const lastOfLong = written.findLastIndex(([promptId]) => long.some((prompt) => prompt.id === promptId));
      expect(arrived).toBeGreaterThan(0);
      expect(arrived).toBeLessThan(lastOfLong);
      const held = await library.app.searchIndex.inventory(ada.caller.tenantId);
      for (const version of held) expect(version.chunks).toBe(version.total);
    });
  });

  it("stops between chunks, and gives back what it had taken", async () => {
    await withLibrary(async (library, ada) => {
      await ada.call("create_prompt", { name: "long", content: LONG });
      const { index, written } = noting(library.app.searchIndex);
      const stopping = new AbortController();
      const indexer = indexerOf(library, {
        searchIndex: {
          ...index,
          upsert: (tenantId, chunks) => {
            if (chunks.some((chunk) => chunk.position >= 4)) stopping.abort();
            return index.upsert(tenantId, chunks);
          },
        },
      });
      await indexer.drain(stopping.signal);
      const before = written.length;
      const [entry] = await library.app.storage.outbox.claim("rest", 1, 0);
      expect(entry).toMatchObject({ stage: "rest", attempts: 0 });
      await library.app.indexer.drain();
      const [held] = await library.app.searchIndex.inventory(ada.caller.tenantId);
      expect(before).toBeLessThan(held!.total);
      expect(held!.chunks).toBe(held!.total);
    });
  });

  it("can be started twice, stopped twice, and started again", async () => {
    await withLibrary(async (library, ada) => {
      const { indexer } = library.app;
      indexer.start();
      indexer.start();
      await indexer.stop();
      await indexer.stop();
      await ada.call("create_prompt", { content: "x" });
      indexer.start();
      await eventually(async () => (await ada.call("search_prompts", { query: "x" })).pending === 0);
      await indexer.stop();
    });
  });

  it("takes back what it wrote of a prompt whose tenant was removed meanwhile, even when it was stopped half-way", async () => {
    for (const stopping of [undefined, new AbortController()]) {
      await withLibrary(async (library, ada) => {
        await ada.call("create_prompt", { name: "long", content: LONG });
        const { tenantId } = ada.caller;
        const { searchIndex, storage } = library.app;
        let removed = false;
        const indexer = indexerOf(library, {
          searchIndex: {
            ...searchIndex,
            upsert: async (tenant, chunks) => {
              if (chunks.some(({ position }) => position > 0) && !removed) {
                removed = true;
                await storage.tenant(tenantId).write((store) => store.prompts.removeSome(10));
                await storage.directory.write((store) => store.removeTenant(tenantId));
                stopping?.abort();
              }
              return searchIndex.upsert(tenant, chunks);
            },
          },
        });
        await indexer.drain(stopping?.signal);
        expect(removed).toBe(true);
        expect(await searchIndex.inventory(tenantId)).toEqual([]);
      });
    }
  });

  it("indexes a prompt that changes while it is embedded as it is at the end", async () => {
    await withLibrary(async (library, ada) => {
      await ada.call("create_prompt", { name: "busy", content: "first words" });
      const { embedder } = library.app;
      let changed = false;
      const indexer = indexerOf(library, {
        embedder: {
          ...embedder,
          embed: async (...args) => {
            if (!changed) {
              changed = true;
              await ada.call("update_prompt", { name: "busy", content: "second words" });
            }
            return embedder.embed(...args);
          },
        },
      });
      await indexer.drain();
      expect(await library.app.searchIndex.inventory(ada.caller.tenantId)).toMatchObject([
        { version: 2, chunks: 1 },
      ]);
      expect(await library.app.storage.outbox.counts()).toMatchObject({ first: 0, rest: 0 });
    });
  });
});
