import { describe, expect, it } from "vitest";
import { titleQuery, wordQuery } from "../../src/storage/sqlite/word-query.ts";
import { found, store } from "./fixtures.ts";
import { openTemp } from "./temp-sqlite.ts";

describe("words in SQLite", () => {
  it("stand behind their tenant's id, in the index as in what is asked of it: those of others cost nothing", async () => {
    const storage = await openTemp();
    const [ann, bob] = [await found(storage), await found(storage)];
    await store(storage, ann, { name: "x/y", title: "Title", tags: ["tag"] }, "a wörd, 2 words");
    await store(storage, bob, {}, "other words");
    const { client } = storage.database.writer;
    client.exec("create virtual table temp.terms using fts5vocab(main, prompt_words, 'row')");
    const terms = client.prepare<[], string>("select term from temp.terms").pluck().all();
    const ofAnn = ["x", "y", "title", "tag", "a", "word", "2", "words"].map(
      (word) => `${ann.tenantId}:${word}`,
    );
    expect(terms.filter((term) => term.startsWith(`${ann.tenantId}:`))).toEqual(ofAnn.toSorted());
    for (const term of terms) expect(term).toMatch(new RegExp(`^(${ann.tenantId}|${bob.tenantId}):.`));

    const asked = [
      wordQuery(ann.tenantId, ["W", "ot-he"], "prefix"),
      wordQuery(ann.tenantId, ["two words"], "word"),
      titleQuery(ann.tenantId, "title"),
    ].join(" ");
    const words = [...asked.matchAll(/"([^"]*)"/g)].flatMap(([, phrase]) => phrase?.split(" "));
    expect(words).toEqual(
      ["w", "ot", "he", "two", "words", "title"].map((word) => `${ann.tenantId}:${word}`),
    );
  });
});
