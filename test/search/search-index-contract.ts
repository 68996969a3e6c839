import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type {
  ChunkPlace,
  IndexedChunk,
  IndexedVersion,
  LookQuery,
  SearchIndex,
} from "../../src/domain/ports/search.ts";
import type { Storage } from "../../src/domain/ports/storage.ts";
import { archive, type Founded, found, join, newPrompt, store } from "../storage/fixtures.ts";

/** A storage and the index beside it, both empty, gone when the test ends. */
export type OpenIndex = () => Promise<{ readonly storage: Storage; readonly index: SearchIndex }>;

const DIMENSIONS = 8;

/** What every adapter of the SearchIndex port has to show. */
export function searchIndexContract(adapter: string, open: OpenIndex): void {
  describe(`${adapter} as a search index`, () => {
    it("finds the nearest prompts by their best chunks, exactly as comparing all of them does", async () => {
      const { storage, index } = await open();
      const chunkCounts = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 12 });
      await fc.assert(
        fc.asyncProperty(
          chunkCounts,
          fc.integer(),
          fc.integer({ min: 1, max: 6 }),
          async (counts, seed, limit) => {
            const ann = await found(storage);
            const random = randomVectors(seed);
            const chunks: IndexedChunk[] = [];
            for (const count of counts) {
              const { id } = await store(storage, ann);
              for (let position = 0; position < count; position++) chunks.push(chunk(id, position, random()));
            }
            await index.upsert(ann.tenantId, chunks);

            const query = random();
            const hits = await index.nearest(ann.tenantId, query, { filter: {}, limit });
            const expected = bestChunks(chunks, query).slice(0, limit);
            expect(hits.map(({ promptId, position }) => [promptId, position])).toEqual(
              expected.map(({ chunk: { promptId, position } }) => [promptId, position]),
            );
            for (const [position, hit] of hits.entries()) {
              expect(hit.similarity).toBeCloseTo(expected[position]!.similarity, 5);
            }
          },
        ),
        { numRuns: 40 },
      );
    });

    it("tells at one look the nearest chunks, those of some prompts, the first ones of others, and how near any other may be", async () => {
      const { storage, index } = await open();
      const ann = await found(storage);
      const random = randomVectors(7);
      const chunks: IndexedChunk[] = [];
      for (let n = 0; n < 12; n++) {
        const { id } = await store(storage, ann, { tags: n % 2 ? ["odd"] : [] });
        for (let position = 0; position <= n % 5; position++) chunks.push(chunk(id, position, random()));
      }
      await index.upsert(ann.tenantId, chunks);
      const query = random();
      const look = (fields: Partial<LookQuery>) => index.look(ann.tenantId, query, lookFor(fields));
      const sorted = byLikeness(chunks, query);
      const [farthest, farther] = [...new Set(sorted.toReversed().map((one) => one.chunk.promptId))];
      const asked = [
        { also: [], openings: [] },
        { also: [farthest!, randomUUID()], openings: [] },
        { also: [farthest!], openings: [farther!, randomUUID()] },
        { also: [], openings: [farther!] },
      ];
      for (const nearest of [1, 5, chunks.length - 1, chunks.length, 100]) {
        for (const { also, openings } of asked) {
          const { chunks: told, horizon } = await look({ nearest, also, openings });
          const expected = sorted.filter(
            ({ chunk: { promptId, position } }, at) =>
              at < nearest || also.includes(promptId) || (openings.includes(promptId) && position === 0),
          );
          const place = ({ promptId, position }: ChunkPlace) => `${promptId} ${position}`;
          expect(new Set(told.map(place))).toEqual(new Set(expected.map((one) => place(one.chunk))));
          for (const hit of told) {
            const same = sorted.find((one) => place(one.chunk) === place(hit));
            expect(hit.similarity).toBeCloseTo(same!.similarity, 5);
          }
          if (nearest > chunks.length) expect(horizon).toBe(Number.NEGATIVE_INFINITY);
          else expect(horizon).toBeCloseTo(sorted[nearest - 1]!.similarity, 5);
        }
      }
      const some = await look({ also: [farthest!] });
      expect(some.horizon).toBe(Number.POSITIVE_INFINITY);
      expect(new Set(some.chunks.map(({ promptId }) => promptId))).toEqual(new Set([farthest]));
      const odd = await look({ filter: { tag: "odd" }, nearest: 100 });
      const tagged = await storage
        .tenant(ann.tenantId)
        .read(({ prompts }) => prompts.findIds({ tag: "odd" }));
      expect(new Set(odd.chunks.map(({ promptId }) => promptId))).toEqual(new Set(tagged));
    });

    it("tells every chunk of a long prompt", async () => {
      const { storage, index } = await open();
      const ann = await found(storage);
      const { id } = await store(storage, ann);
      const random = randomVectors(3);
      const chunks = Array.from({ length: 80 }, (_, position) => chunk(id, position, random(), 1, 80));
      await index.upsert(ann.tenantId, chunks);
      const query = random();
      const { chunks: told } = await index.look(ann.tenantId, query, lookFor({ also: [id] }));
      expect(told.map(({ position }) => position).sort((a, b) => a - b)).toEqual([...chunks.keys()]);
      const both = await index.look(ann.tenantId, query, lookFor({ nearest: 3, also: [id] }));
      expect(new Set(both.chunks.map(({ position }) => position))).toEqual(new Set(chunks.keys()));
      expect(both.horizon).toBeCloseTo(byLikeness(chunks, query)[2]!.similarity, 5);
      for (const at of [0, 62, 63, 64, 79]) {
        const [hit] = await index.nearest(ann.tenantId, chunks[at]!.vector, { filter: {}, limit: 1 });
        expect(hit).toMatchObject({ promptId: id, position: at });
      }
    });

    it("looks at no other tenant's prompts, even when asked for them", async () => {
      const { storage, index } = await open();
      const [ann, bob] = [await found(storage), await found(storage)];
      const [own, theirs] = [await store(storage, ann), await store(storage, bob)];
      await index.upsert(ann.tenantId, [chunk(own.id, 0, unit(0))]);
      await index.upsert(bob.tenantId, [chunk(theirs.id, 0, unit(0))]);
      const asked = [own.id, theirs.id];
      for (const nearest of [0, 10]) {
        for (const fields of [{ also: asked }, { openings: asked }]) {
          const look = await index.look(ann.tenantId, unit(0), lookFor({ nearest, ...fields }));
          expect(new Set(look.chunks.map(({ promptId }) => promptId))).toEqual(new Set([own.id]));
        }
      }
    });

    it("gives position and likeness of the best chunk", async () => {
      const { storage, index } = await open();
      const ann = await found(storage);
      const { id } = await store(storage, ann, { latestVersion: 3 });
      await index.upsert(ann.tenantId, [chunk(id, 0, unit(0), 3, 2), chunk(id, 1, unit(1), 3, 2)]);
      const [hit, ...others] = await index.nearest(ann.tenantId, unit(1), { filter: {}, limit: 5 });
      expect(others).toEqual([]);
      expect(hit).toMatchObject({ promptId: id, position: 1 });
      expect(hit?.similarity).toBeCloseTo(1, 5);
      const [opening] = await index.nearest(ann.tenantId, unit(0), { filter: {}, limit: 5 });
      expect(opening).toMatchObject({ promptId: id, position: 0 });
    });

    it("ranks only what passes the filter, and fills the limit with it", async () => {
      const { storage, index } = await open();
      const ann = await found(storage);
      const bob = await join(storage, ann.tenantId, "developer");
      const near = await store(storage, ann, { name: "x/near" }, "alpha");
      const far = await store(storage, bob, { name: "y/far", tags: ["t"] }, "beta");
      await index.upsert(ann.tenantId, [chunk(near.id, 0, unit(0)), chunk(far.id, 0, unit(1))]);
      const nearest = async (query: Omit<Parameters<SearchIndex["nearest"]>[2], "limit">) =>
        (await index.nearest(ann.tenantId, unit(0), { limit: 1, ...query })).map(({ promptId }) => promptId);

      expect(await nearest({ filter: {} })).toEqual([near.id]);
      expect(await nearest({ filter: { tag: "t" } })).toEqual([far.id]);
      expect(await nearest({ filter: { namePrefix: "y/" } })).toEqual([far.id]);
      expect(await nearest({ filter: { author: bob.username } })).toEqual([far.id]);
      expect(await nearest({ filter: { words: ["bet"] } })).toEqual([far.id]);
    });

    it("finds no archived prompt, even before its chunks are dropped", async () => {
      const { storage, index } = await open();
      const ann = await found(storage);
      const prompt = await store(storage, ann);
      await index.upsert(ann.tenantId, [chunk(prompt.id, 0, unit(0))]);
      await archive(storage, ann.tenantId, prompt);
      expect(await index.nearest(ann.tenantId, unit(0), { filter: {}, limit: 5 })).toEqual([]);
    });

    it("writes in place of what was at the same position, so that doing it twice changes nothing", async () => {
      const { storage, index } = await open();
      const ann = await found(storage);
      const { id } = await store(storage, ann);
      await index.upsert(ann.tenantId, [chunk(id, 0, unit(0))]);
      for (let n = 0; n < 2; n++) await index.upsert(ann.tenantId, [chunk(id, 0, unit(1), 2)]);
      expect(await index.count(ann.tenantId)).toBe(1);
      const [hit] = await index.nearest(ann.tenantId, unit(1), { filter: {}, limit: 5 });
      expect(hit?.similarity).toBeCloseTo(1, 5);
      expect(await index.inventory(ann.tenantId)).toMatchObject([{ promptId: id, version: 2 }]);
    });

    it("takes nothing of an older version that a slow worker brings after the newer one", async () => {
      const { storage, index } = await open();
      const ann = await found(storage);
      const { id } = await store(storage, ann, { latestVersion: 2 });
      await index.upsert(ann.tenantId, [chunk(id, 0, unit(0), 2)]);
      await index.upsert(ann.tenantId, [chunk(id, 0, unit(1), 1), chunk(id, 1, unit(2), 1)]);
      await index.prune(ann.tenantId, id, 1);

      expect(await index.count(ann.tenantId)).toBe(1);
      const [hit] = await index.nearest(ann.tenantId, unit(0), { filter: {}, limit: 5 });
      expect(hit?.similarity).toBeCloseTo(1, 5);
      expect(await index.inventory(ann.tenantId)).toMatchObject([{ version: 2 }]);
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

    it("orders what is equally near by id, also where that decides who is among the nearest", async () => {
      const { storage, index } = await open();
      const ann = await found(storage);
      const twins: string[] = [];
      for (let n = 0; n < 40; n++) twins.push((await store(storage, ann)).id);
      const far = await store(storage, ann);
      await index.upsert(ann.tenantId, [
        ...twins.map((id) => chunk(id, 0, unit(0))),
        chunk(far.id, 0, unit(1)),
      ]);
      for (const limit of [1, 3, 40, 41]) {
        const hits = await index.nearest(ann.tenantId, unit(0), { filter: {}, limit });
        const expected = [...twins.toSorted(), far.id].slice(0, limit);
        expect(hits.map(({ promptId }) => promptId)).toEqual(expected);
      }
    });

    it("fills the limit, however many archived prompts and chunks of one prompt are nearer", async () => {
      const { storage, index } = await open();
      const ann = await found(storage);
      const long = await store(storage, ann);
      const pieces = Array.from({ length: 60 }, (_, position) => chunk(long.id, position, unit(0)));
      await index.upsert(ann.tenantId, pieces);
      for (let n = 0; n < 30; n++) {
        const gone = await store(storage, ann);
        await index.upsert(ann.tenantId, [chunk(gone.id, 0, unit(0))]);
        await archive(storage, ann.tenantId, gone);
      }
      const rest: string[] = [];
      for (let n = 0; n < 8; n++) {
        const { id } = await store(storage, ann);
        await index.upsert(ann.tenantId, [chunk(id, 0, unit(1))]);
        rest.push(id);
      }
      const hits = await index.nearest(ann.tenantId, unit(0), { filter: {}, limit: 5 });
      expect(hits.map(({ promptId }) => promptId)).toEqual([long.id, ...rest.toSorted().slice(0, 4)]);
    });

    it("drops the chunks of older versions, or all of a prompt, and no other prompt's", async () => {
      const { storage, index } = await open();
      const ann = await found(storage);
      const [one, two] = [await store(storage, ann), await store(storage, ann)];
      await index.upsert(ann.tenantId, [
        chunk(one.id, 0, unit(0), 1),
        chunk(one.id, 1, unit(1), 1),
        chunk(one.id, 2, unit(2), 1),
        chunk(two.id, 0, unit(3), 1),
      ]);
      await index.upsert(ann.tenantId, [chunk(one.id, 0, unit(4), 2)]);
      await index.prune(ann.tenantId, one.id, 2);
      expect(await index.count(ann.tenantId)).toBe(2);
      await index.prune(ann.tenantId, one.id);
      expect(await index.count(ann.tenantId)).toBe(1);
      const hits = await index.nearest(ann.tenantId, unit(3), { filter: {}, limit: 5 });
      expect(hits.map(({ promptId }) => promptId)).toEqual([two.id]);
    });

    it("keeps tenants apart, even where their prompts have the same id", async () => {
      const { storage, index } = await open();
      const [ann, bob] = [await found(storage), await found(storage)];
      const shared = newPrompt(ann);
      for (const own of [ann, bob]) await store(storage, own, { ...shared, authorId: own.userId });
      const secret = await store(storage, bob);
      await index.upsert(ann.tenantId, [chunk(shared.id, 0, unit(0))]);
      await index.upsert(bob.tenantId, [chunk(shared.id, 0, unit(1)), chunk(secret.id, 0, unit(0))]);

      const likeness = async (own: Founded) => {
        const hits = await index.nearest(own.tenantId, unit(0), { filter: {}, limit: 5 });
        return new Map(hits.map(({ promptId, similarity }) => [promptId, Math.round(similarity * 100)]));
      };
      expect(await likeness(ann)).toEqual(new Map([[shared.id, 100]]));
      expect(await likeness(bob)).toEqual(
        new Map([
          [secret.id, 100],
          [shared.id, 0],
        ]),
      );
      const look = await index.look(ann.tenantId, unit(0), lookFor({ also: [secret.id] }));
      expect(look.chunks).toEqual([]);

      await index.prune(ann.tenantId, shared.id);
      expect([await index.count(ann.tenantId), await index.count(bob.tenantId)]).toEqual([0, 2]);
    });

    it("shows each of 50 tenants all of its own prompts and none of another's, though all hold the same texts", async () => {
      const { storage, index } = await open();
      const random = randomVectors(1);
      const vectors = Array.from({ length: 200 }, random);
      const tenants: { own: Founded; ids: string[] }[] = [];
      for (let n = 0; n < 50; n++) {
        const own = await found(storage);
        const prompts = vectors.map(() => newPrompt(own));
        await storage.tenant(own.tenantId).write(async (tenant) => {
          for (const prompt of prompts) await tenant.prompts.insert(prompt);
        });
        const ids = prompts.map(({ id }) => id);
        await index.upsert(
          own.tenantId,
          vectors.map((vector, at) => chunk(ids[at]!, 0, vector)),
        );
        tenants.push({ own, ids });
      }
      for (const { own, ids } of tenants) {
        const query = random();
        const hits = await index.nearest(own.tenantId, query, { filter: {}, limit: 10 });
        const chunks = vectors.map((vector, at) => chunk(ids[at]!, 0, vector));
        const expected = bestChunks(chunks, query).slice(0, 10);
        expect(hits.map(({ promptId }) => promptId)).toEqual(expected.map((best) => best.chunk.promptId));
        const all = await index.nearest(own.tenantId, query, { filter: {}, limit: 1000 });
        expect(new Set(all.map(({ promptId }) => promptId))).toEqual(new Set(ids));
      }
    });

    it("tells what it holds of a tenant, by prompt and version, and forgets everything when it is reset", async () => {
      const { storage, index } = await open();
      const [ann, bob] = [await found(storage), await found(storage)];
      const [one, two] = [await store(storage, ann), await store(storage, ann)];
      const other = await store(storage, bob);
      await index.upsert(ann.tenantId, [
        chunk(one.id, 0, unit(0), 1, 3),
        chunk(one.id, 1, unit(1), 1, 3),
        chunk(two.id, 0, unit(2), 4),
      ]);
      await index.upsert(bob.tenantId, [chunk(other.id, 0, unit(0))]);
      const byPrompt = (held: readonly IndexedVersion[]) =>
        held.toSorted((a, b) => (a.promptId < b.promptId ? -1 : 1));
      expect(byPrompt(await index.inventory(ann.tenantId))).toEqual(
        byPrompt([
          { promptId: one.id, version: 1, chunks: 2, total: 3 },
          { promptId: two.id, version: 4, chunks: 1, total: 1 },
        ]),
      );
      expect((await index.tenantIds()).sort()).toEqual([ann.tenantId, bob.tenantId].sort());
      await index.reset();
      expect(await index.tenantIds()).toEqual([]);
      expect(await index.inventory(ann.tenantId)).toEqual([]);
      expect(await index.inventory(bob.tenantId)).toEqual([]);
      await index.upsert(ann.tenantId, [chunk(one.id, 0, unit(0))]);
      expect(await index.count(ann.tenantId)).toBe(1);
    });

    it("takes nothing of a prompt that was archived meanwhile", async () => {
      const { storage, index } = await open();
      const ann = await found(storage);
      const prompt = await store(storage, ann);
      await archive(storage, ann.tenantId, prompt);
      await index.upsert(ann.tenantId, [chunk(prompt.id, 0, unit(0))]);
      expect(await index.count(ann.tenantId)).toBe(0);
    });

    it("has nothing for an empty tenant, and takes an empty list", async () => {
      const { storage, index } = await open();
      const { tenantId } = await found(storage);
      await index.upsert(tenantId, []);
      expect(await index.nearest(tenantId, unit(0), { filter: {}, limit: 5 })).toEqual([]);
      expect(await index.count(tenantId)).toBe(0);
    });
  });
}

export function lookFor(fields: Partial<LookQuery>): LookQuery {
  return { filter: {}, nearest: 0, also: [], openings: [], promptCount: 12, ...fields };
}

export function chunk(
  promptId: string,
  position: number,
  vector: Float32Array,
  version = 1,
  total = 1,
): IndexedChunk {
  return { promptId, version, position, total, vector };
}

/** The unit vector along one axis. */
export function unit(axis: number): Float32Array {
  return Float32Array.from({ length: DIMENSIONS }, (_, n) => (n === axis ? 1 : 0));
}

/** Unit vectors in random directions, the same for the same seed. */
export function randomVectors(seed: number, dimensions = DIMENSIONS): () => Float32Array {
  let state = seed >>> 0;
  const next = () => {
    // A linear congruential generator (Numerical Recipes): good enough for directions.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  return () => {
    const vector = Float32Array.from({ length: dimensions }, next);
    const length = Math.hypot(...vector);
    return vector.map((component) => component / length);
  };
}

/** Every chunk, nearest first. */
function byLikeness(chunks: readonly IndexedChunk[], query: Float32Array) {
  return chunks
    .map((each) => ({
      chunk: each,
      similarity: each.vector.reduce((sum, component, n) => sum + component * query[n]!, 0),
    }))
    .sort((a, b) => b.similarity - a.similarity);
}

/** By comparing everything. */
function bestChunks(chunks: readonly IndexedChunk[], query: Float32Array) {
  const best = new Map<string, { chunk: IndexedChunk; similarity: number }>();
  for (const each of chunks) {
    const similarity = each.vector.reduce((sum, component, n) => sum + component * query[n]!, 0);
    if (similarity > (best.get(each.promptId)?.similarity ?? -2)) {
      best.set(each.promptId, { chunk: each, similarity });
    }
  }
  return [...best.values()].sort((a, b) => b.similarity - a.similarity);
}
