import { describe, expect, it } from "vitest";
import { knownWords } from "../../../src/search/embedder/known-words.ts";
import { BUNDLED_FILES } from "../../../src/search/embedder/model-files.ts";

const knows = knownWords(BUNDLED_FILES.tokenizerPath);

describe("the words that the bundled model knows", () => {
  it.each(["house", "dine", "settled", "Mushrooms", "folks", "café", "a", "7"])("have %s", async (word) => {
    expect(await knows(word)).toBe(true);
  });

  it.each(["strategyy", "prmpt", "recieve", "kürbiskern", "bilgisayar", "книга"])(
    "do not have %s",
    async (word) => {
      expect(await knows(word)).toBe(false);
    },
  );

  it("are all words while the list cannot be read", async () => {
    expect(await knownWords("/nowhere/tokenizer.json")("prmpt")).toBe(true);
  });
});
