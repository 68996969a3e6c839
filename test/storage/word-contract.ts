import fc from "fast-check";
import { expect, it } from "vitest";
import type { PromptFilter, Storage, WordMatch } from "../../src/domain/ports/storage.ts";
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
    const matches = await match(storage, ann, words);
    expect(listed(matches)).toEqual(words.map((word) => [word, [id]]));
  });

  it("matches whole words, each for itself, and has an empty answer for one that no prompt has", async () => {
    const storage = await open();
    const ann = await found(storage);
    const one = await store(storage, ann, {}, "cats and dogs");
    const two = await store(storage, ann, {}, "cats");
    const matches = await match(storage, ann, ["cats", "dogs", "cat", "!!!"]);
    expect(new Set(matches.get("cats")?.promptIds)).toEqual(new Set([one.id, two.id]));
    expect(matches.get("dogs")?.promptIds).toEqual([one.id]);
    const nowhere = { count: 0, promptIds: [], titledIds: [] };
    expect(matches.get("cat")).toEqual(nowhere);
    expect(matches.get("!!!")).toEqual(nowhere);
  });

  it("forgets the old words when new ones are put, and all when they are removed", async () => {
    const storage = await open();
    const ann = await found(storage);
    const prompt = await store(storage, ann, {}, "before");
    const tenant = storage.tenant(ann.tenantId);
    await tenant.write(({ words }) => words.put({ ...prompt, promptId: prompt.id, content: "after" }));
    expect(listed(await match(storage, ann, ["before", "after"]))).toEqual([
      ["before", []],
      ["after", [prompt.id]],
    ]);
    await tenant.write(({ words }) => words.remove(prompt.id));
    expect(listed(await match(storage, ann, ["after"]))).toEqual([["after", []]]);
  });

  it("matches no archived prompt, and keeps to the filter", async () => {
    const storage = await open();
    const ann = await found(storage);
    const bob = await join(storage, ann.tenantId, "developer");
    const plain = await store(storage, ann, { name: "x/plain" }, "word");
    const tagged = await store(storage, bob, { name: "y/tagged", tags: ["t"] }, "word more");
    await archive(storage, ann.tenantId, await store(storage, ann, {}, "word"));

    const passing = async (filter: PromptFilter) =>
      new Set((await match(storage, ann, ["word"], filter)).get("word")?.promptIds);
    expect(await passing({})).toEqual(new Set([plain.id, tagged.id]));
    expect(await passing({ tag: "t" })).toEqual(new Set([tagged.id]));
    expect(await passing({ namePrefix: "x/" })).toEqual(new Set([plain.id]));
    expect(await passing({ author: bob.username })).toEqual(new Set([tagged.id]));
    expect(await passing({ words: ["mor"] })).toEqual(new Set([tagged.id]));
  });

  it("counts a word in the whole tenant, whatever the filter", async () => {
    const storage = await open();
    const [ann, bob] = [await found(storage), await found(storage)];
    await store(storage, ann, { tags: ["t"] }, "word");
    await store(storage, ann, {}, "word");
    await archive(storage, ann.tenantId, await store(storage, ann, {}, "word"));
    await store(storage, bob, {}, "word");
    expect((await match(storage, ann, ["word"], { tag: "t" })).get("word")).toMatchObject({ count: 2 });
  });

  it("says which prompts have the word in their name or title", async () => {
    const storage = await open();
    const ann = await found(storage);
    const named = await store(storage, ann, { name: "x/word" });
    const titled = await store(storage, ann, { title: "The word" });
    await store(storage, ann, { description: "word", tags: ["word"] }, "word");
    const matched = (await match(storage, ann, ["word"])).get("word");
    expect(matched?.promptIds).toHaveLength(3);
    expect(new Set(matched?.titledIds)).toEqual(new Set([named.id, titled.id]));
  });

  it("counts, and does not list, a word that is commoner than asked for", async () => {
    const storage = await open();
    const ann = await found(storage);
    for (let n = 0; n < 5; n++) await store(storage, ann, {}, "word");
    const matchUpTo = async (common: number) =>
      (await storage.tenant(ann.tenantId).read(({ words }) => words.match(["word"], {}, { common }))).get(
        "word",
      );
    expect(await matchUpTo(2)).toEqual({ count: 3, promptIds: [], titledIds: [] });
    expect((await matchUpTo(5))?.promptIds).toHaveLength(5);
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
    expect(listed(await match(storage, ann, ["zephyr"]))).toEqual([["zephyr", [id]]]);
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
          const matches = await words.match(terms, {});
          expect(new Set(matches.keys())).toEqual(new Set(terms));
          await prompts.list({ filter: { words: terms }, ...page });
        });
      }),
      { numRuns: 300, examples: HOSTILE.map((text) => [[text]]) },
    );
    // Each of these would match the prompt if its operator were one.
    const operators = ["pla*", "nothing OR plain", "plain NOT nothing", "content:plain"];
    const matches = await match(storage, ann, operators);
    expect([...matches.values()].flatMap(({ promptIds }) => promptIds)).not.toContain(id);
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
    expect((await match(storage, ann, ["long ".repeat(20_000), ...many])).size).toBe(1001);
    const page = { filter: { words: many }, sort: "name", descending: false, limit: 5 } as const;
    expect(await storage.tenant(ann.tenantId).read(({ prompts }) => prompts.list(page))).toEqual([]);
  });
}

function listed(matches: ReadonlyMap<string, WordMatch>) {
  return [...matches].map(([word, { promptIds }]) => [word, promptIds]);
}

async function match(storage: Storage, ann: Founded, terms: string[], filter: PromptFilter = {}) {
  return storage.tenant(ann.tenantId).read(({ words }) => words.match(terms, filter));
}
