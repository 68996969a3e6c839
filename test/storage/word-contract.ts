import fc from "fast-check";
import { expect, it } from "vitest";
import type { PromptFilter } from "../../src/domain/ports/prompt-filter.ts";
import type { Storage } from "../../src/domain/ports/storage.ts";
import type { HeldTerms } from "../../src/domain/ports/words.ts";
import { archive, type Founded, found, join, type OpenStorage, store } from "./fixtures.ts";

/** What has a meaning in query languages of full-text indexes. */
const HOSTILE = [
  '"',
  '""',
  '"*',
  "a OR b",
  "a AND",
  "NOT",
  "NEAR(a b, 2)",
  "name:a",
  "-a",
  "^a",
  "a*",
  "(",
  ")",
  "{name}:a",
  "tenant:",
  "+",
  "'; drop table prompts; --",
  "\0",
  'a\0"b',
  "\ud800",
  "%",
  "a & b | !c",
  ":*",
  "\\",
];

export function wordContract(open: OpenStorage): void {
  it("finds a word in name, title, tags, description and content, whatever its case and accents", async () => {
    const storage = await open();
    const ann = await found(storage);
    const { id } = await store(
      storage,
      ann,
      { name: "alpha/beta-gamma", title: "Delta", description: "epsilon", tags: ["zeta", "eta theta"] },
      "Ünïcode kappa's e-mail",
    );
    const words = ["alpha", "gamma", "DELTA", "epsilon", "theta", "unicode", "Ünïcode", "kappa", "e-mail"];
    expect(await listed(storage, ann, words)).toEqual(words.map((word) => [word, [id]]));
  });

  it("matches whole words, each for itself, and has an empty answer for one that no prompt has", async () => {
    const storage = await open();
    const ann = await found(storage);
    const one = await store(storage, ann, {}, "cats and dogs");
    const two = await store(storage, ann, {}, "cats");
    const terms = ["cats", "dogs", "cat", "!!!"];
    const held = await best(storage, ann, terms);
    expect(held.get(one.id)?.terms).toEqual(["cats", "dogs"]);
    expect(held.get(two.id)?.terms).toEqual(["cats"]);
    expect(held.size).toBe(2);
    expect([...(await count(storage, ann, terms))]).toEqual([
      ["cats", 2],
      ["dogs", 1],
      ["cat", 0],
      ["!!!", 0],
    ]);
  });

  it("tells of any prompts that are there what they have, be it nothing, and of archived ones nothing", async () => {
    const storage = await open();
    const ann = await found(storage);
    const [cats, birds, gone] = [
      await store(storage, ann, { title: "Cats" }, "cats"),
      await store(storage, ann, {}, "birds"),
      await store(storage, ann, {}, "cats"),
    ];
    await archive(storage, ann.tenantId, gone);
    const held = await storage
      .tenant(ann.tenantId)
      .read(async ({ words }) =>
        words.heldBy([cats.id, birds.id, gone.id, "none"], await words.list([{ term: "cats", weight: 1 }])),
      );
    expect(held).toEqual(
      new Map([
        [cats.id, { terms: ["cats"], titled: ["cats"] }],
        [birds.id, { terms: [], titled: [] }],
      ]),
    );
  });

  it("forgets the old words when new ones are put, and all when they are removed", async () => {
    const storage = await open();
    const ann = await found(storage);
    const prompt = await store(storage, ann, {}, "before");
    const tenant = storage.tenant(ann.tenantId);
    await tenant.write(({ words }) => words.put({ ...prompt, promptId: prompt.id, content: "after" }));
    expect(await listed(storage, ann, ["before", "after"])).toEqual([
      ["before", []],
      ["after", [prompt.id]],
    ]);
    await tenant.write(({ words }) => words.remove(prompt.id));
    expect(await listed(storage, ann, ["after"])).toEqual([["after", []]]);
    await tenant.write(({ words }) => words.put({ ...prompt, promptId: prompt.id, content: "before" }));
    expect(await listed(storage, ann, ["before", "after"])).toEqual([
      ["before", [prompt.id]],
      ["after", []],
    ]);
  });

  it("tells within a transaction what it has written, and nothing of it when it is taken back", async () => {
    const storage = await open();
    const ann = await found(storage);
    const prompt = await store(storage, ann, {}, "before");
    const tenant = storage.tenant(ann.tenantId);
    const put = (content: string, thrown?: Error) =>
      tenant.write(async ({ words }) => {
        await words.put({ ...prompt, promptId: prompt.id, content });
        expect([...(await words.count(["before", content])).values()]).toEqual([0, 1]);
        if (thrown !== undefined) throw thrown;
      });
    await expect(put("undone", new Error("changed my mind"))).rejects.toThrow("changed my mind");
    expect([...(await count(storage, ann, ["before", "undone"])).values()]).toEqual([1, 0]);
    await put("after");
    expect([...(await count(storage, ann, ["before", "after"])).values()]).toEqual([0, 1]);
  });

  it("matches no archived prompt, and keeps to the filter", async () => {
    const storage = await open();
    const ann = await found(storage);
    const bob = await join(storage, ann.tenantId, "developer");
    const plain = await store(storage, ann, { name: "x/plain" }, "word");
    const tagged = await store(storage, bob, { name: "y/tagged", tags: ["t"] }, "word more");
    await archive(storage, ann.tenantId, await store(storage, ann, {}, "word"));

    const passing = async (filter: PromptFilter) =>
      new Set((await best(storage, ann, ["word"], filter)).keys());
    expect(await passing({})).toEqual(new Set([plain.id, tagged.id]));
    expect(await passing({ tag: "t" })).toEqual(new Set([tagged.id]));
    expect(await passing({ namePrefix: "x/" })).toEqual(new Set([plain.id]));
    expect(await passing({ author: bob.username })).toEqual(new Set([tagged.id]));
    expect(await passing({ words: ["mor"] })).toEqual(new Set([tagged.id]));
  });

  it("counts a word in the whole tenant, without archived prompts", async () => {
    const storage = await open();
    const [ann, bob] = [await found(storage), await found(storage)];
    await store(storage, ann, { tags: ["t"] }, "word");
    await store(storage, ann, {}, "word");
    await archive(storage, ann.tenantId, await store(storage, ann, {}, "word"));
    await store(storage, bob, {}, "word");
    expect((await count(storage, ann, ["word"])).get("word")).toBe(2);
  });

  it("says which prompts have the word in their name or title", async () => {
    const storage = await open();
    const ann = await found(storage);
    const named = await store(storage, ann, { name: "x/word" });
    const titled = await store(storage, ann, { title: "The word" });
    const plain = await store(storage, ann, { description: "word", tags: ["word"] }, "word");
    expect(await best(storage, ann, ["word"])).toEqual(
      new Map([
        [named.id, { terms: ["word"], titled: ["word"] }],
        [titled.id, { terms: ["word"], titled: ["word"] }],
        [plain.id, { terms: ["word"], titled: [] }],
      ]),
    );
  });

  it("counts a word no further than asked for", async () => {
    const storage = await open();
    const ann = await found(storage);
    for (let n = 0; n < 5; n++) await store(storage, ann, {}, "word");
    const countUpTo = async (most: number) =>
      (await storage.tenant(ann.tenantId).read(({ words }) => words.count(["word"], { most }))).get("word");
    // In any order: an answer may be remembered.
    for (const [most, expected] of [
      [2, 3],
      [1, 2],
      [5, 5],
      [2, 3],
      [9, 5],
    ] as const)
      expect(await countUpTo(most)).toBe(expected);
  });

  it("gives the prompts that have the most by weight, and with titles counted again, as looking at all of them does", async () => {
    const storage = await open();
    const terms = ["tea", "milk", "cup", "pot", "leaf"];
    const some = fc.subarray(terms);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ content: some, title: some, tagged: fc.boolean() }), { maxLength: 25 }),
        fc.array(fc.integer({ min: 0, max: 20 }), { minLength: terms.length, maxLength: terms.length }),
        fc.integer({ min: 1, max: 6 }),
        fc.boolean(),
        async (drawn, weights, limit, filtered) => {
          const ann = await found(storage);
          const weighted = terms.map((term, at) => ({ term, weight: weights[at]! }));
          const all: { id: string; weight: number; score: number }[] = [];
          for (const [at, { content, title, tagged }] of drawn.entries()) {
            const tags = tagged ? ["t"] : [];
            const fields = { title: title.join(" "), name: `x/p${at}`, tags };
            const { id } = await store(storage, ann, fields, content.join(" "));
            if (filtered && !tagged) continue;
            const weightOf = (held: string[]) =>
              weighted.reduce((sum, { term, weight }) => sum + (held.includes(term) ? weight : 0), 0);
            const weight = weightOf([...content, ...title]);
            all.push({ id, weight, score: weight + 0.5 * weightOf(title) });
          }
          const filter = filtered ? { tag: "t" } : {};
          const given = await storage
            .tenant(ann.tenantId)
            .read(async ({ words }) =>
              words.best(await words.list(weighted), { filter, limit, titleWeight: 0.5 }),
            );
          const ids = new Set(all.map(({ id }) => id));
          for (const id of given.keys()) expect(ids).toContain(id);
          for (const of of ["weight", "score"] as const) {
            const values = (some: typeof all) => some.map((one) => one[of]).sort((a, b) => b - a);
            const held = values(all.filter(({ id }) => given.has(id))).slice(0, limit);
            // What has none of the words that weigh anything may or may not be there.
            expect(held.filter((value) => value > 0)).toEqual(
              values(all)
                .filter((value) => value > 0)
                .slice(0, limit),
            );
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it("knows the words of a tenant's prompts by first letter and length, and no other tenant's", async () => {
    const storage = await open();
    const [ann, bob] = [await found(storage), await found(storage)];
    await store(
      storage,
      ann,
      { name: "x/pelican", title: "Påskö", tags: ["paint"] },
      "Print! print p4nda pal",
    );
    await store(storage, bob, {}, "python");
    const shape = { initial: "p", shortest: 4, longest: 6 };
    const vocabulary = (own: Founded) =>
      storage.tenant(own.tenantId).read(({ words }) => words.vocabulary(shape));
    expect(new Set(await vocabulary(ann))).toEqual(new Set(["paint", "print", "pasko"]));
    expect(await vocabulary(bob)).toContain("python");
  });

  it("keeps at most 100,000 words of a tenant to correct by, and finds prompts by all others too", async () => {
    const storage = await open();
    const [ann, bob] = [await found(storage), await found(storage)];
    const letters = (n: number) => String(n).replace(/\d/g, (digit) => "abcdefghij".charAt(Number(digit)));
    for (let from = 1_000_000; from < 1_100_000; from += 5_000) {
      const words = Array.from({ length: 5_000 }, (_, n) => `x${letters(from + n)}`);
      await store(storage, ann, { name: `x/p${from}`, title: "" }, words.join(" "));
    }
    const { id } = await store(storage, ann, {}, "zephyr");
    await store(storage, bob, {}, "zebra");
    const shape = { initial: "z", shortest: 4, longest: 8 };
    const vocabulary = (own: Founded) =>
      storage.tenant(own.tenantId).read(({ words }) => words.vocabulary(shape));
    expect(await vocabulary(ann)).toEqual([]);
    expect(await vocabulary(bob)).toEqual(["zebra"]);
    expect(await listed(storage, ann, ["zephyr"])).toEqual([["zephyr", [id]]]);
  });

  it("takes any text for a word: nothing in it is syntax, and nothing throws", async () => {
    const storage = await open();
    const ann = await found(storage);
    const { id } = await store(storage, ann, {}, "a plain text");
    const page = { sort: "name", descending: false, limit: 5 } as const;
    const term = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: "binary" }), fc.string());

    await fc.assert(
      fc.asyncProperty(fc.array(term, { maxLength: 6 }), async (terms) => {
        await storage.tenant(ann.tenantId).read(async ({ words, prompts }) => {
          expect(new Set((await words.count(terms)).keys())).toEqual(new Set(terms));
          await prompts.list({ filter: { words: terms }, ...page });
        });
      }),
      { numRuns: 300, examples: HOSTILE.map((text) => [[text]]) },
    );
    // Each of these would match the prompt if its operator were one.
    const operators = ["pla*", "nothing OR plain", "plain NOT nothing", "content:plain"];
    expect((await best(storage, ann, operators)).keys()).not.toContain(id);
  });

  it("forgets words of what is gone for good, unless another prompt has them", async () => {
    const storage = await open();
    const ann = await found(storage);
    const gone = await store(storage, ann, {}, "quokka common");
    await store(storage, ann, {}, "common");
    const tenant = storage.tenant(ann.tenantId);
    const known = (initial: string) =>
      tenant.read(({ words }) => words.vocabulary({ initial, shortest: 4, longest: 24 }));
    expect(await known("q")).toEqual(["quokka"]);
    const inUse = new Set<string>();
    await tenant.write(async ({ words }) => {
      await words.remove(gone.id);
      await words.forget(["Quokka, common"], inUse);
    });
    expect(inUse).toEqual(new Set(["common"]));
    expect([await known("q"), await known("com")]).toEqual([[], ["common"]]);
  });

  it("takes a term of 100,000 characters and a list of 1,000", async () => {
    const storage = await open();
    const ann = await found(storage);
    await store(storage, ann, {}, "text");
    const many = Array.from({ length: 1000 }, (_, n) => `w${n}`);
    expect((await count(storage, ann, ["long ".repeat(20_000), ...many])).size).toBe(1001);
    const page = { filter: { words: many }, sort: "name", descending: false, limit: 5 } as const;
    expect(await storage.tenant(ann.tenantId).read(({ prompts }) => prompts.list(page))).toEqual([]);
  });
}

/** Each word, with the prompts that have it. */
async function listed(storage: Storage, ann: Founded, terms: string[]) {
  const lists: [string, string[]][] = [];
  for (const term of terms) lists.push([term, [...(await best(storage, ann, [term])).keys()]]);
  return lists;
}

function count(storage: Storage, ann: Founded, terms: string[]) {
  return storage.tenant(ann.tenantId).read(({ words }) => words.count(terms));
}

function best(
  storage: Storage,
  ann: Founded,
  terms: string[],
  filter: PromptFilter = {},
): Promise<ReadonlyMap<string, HeldTerms>> {
  const weighted = terms.map((term) => ({ term, weight: 1 }));
  return storage
    .tenant(ann.tenantId)
    .read(async ({ words }) =>
      words.best(await words.list(weighted), { filter, limit: 100, titleWeight: 0.5 }),
    );
}
