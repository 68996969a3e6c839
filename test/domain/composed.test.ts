import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { composed, decomposed } from "../../src/domain/composed.ts";
import { promptNameSchema, promptRefSchema, slugFrom } from "../../src/domain/names.ts";
import { folderSchema } from "../../src/domain/prompt.ts";
import { wordsIn } from "../../src/domain/words.ts";

/** To put so many marks in order takes hours the way that Unicode's tables say it: a test that ends has not done that. */
const MARKS = `a${"\u0301".repeat(500_000)}${"\u0316".repeat(500_000)}`;

describe("the composed form of a text", () => {
  it("is Unicode's, for any text whose letters carry 30 marks at most", () => {
    const text = fc.oneof(fc.string({ unit: "grapheme" }), fc.string({ unit: "binary" }));
    fc.assert(
      fc.property(text, (sample) => {
        expect(composed(sample)).toBe(sample.normalize("NFC"));
        expect(decomposed(sample)).toBe(sample.normalize("NFKD"));
      }),
    );
    const many = `a${"\u0301".repeat(29)}\u0316`;
    expect(composed(many)).toBe(many.normalize("NFC"));
  });

  it("drops further marks, in one pass over them", () => {
    expect(composed(`a${"\u0301".repeat(31)}b`)).toBe(`a${"\u0301".repeat(30)}b`.normalize("NFC"));
    expect(composed(MARKS).length).toBeLessThanOrEqual(31);
    expect(decomposed(MARKS).length).toBeLessThanOrEqual(31);
  });
});

describe("a million marks, or slashes", () => {
  it("are refused where a name or a folder is wanted", () => {
    for (const schema of [promptNameSchema, promptRefSchema, folderSchema]) {
      expect(schema.safeParse(MARKS).success).toBe(false);
      expect(schema.safeParse(`a${"/".repeat(1_000_000)}b`).success).toBe(false);
    }
  });

  it("are one word, and make one slug", () => {
    expect(wordsIn(`${MARKS} b`)).toHaveLength(2);
    expect(slugFrom(MARKS)).toBe("a");
    expect(slugFrom(`a${"-/".repeat(500_000)}b`)).toBe("a-b");
  });
});

describe("a folder", () => {
  it.each([
    ["/team/", "team"],
    ["//team//support///", "team//support"],
    ["TEAM", "team"],
    ["///", ""],
  ])("%j is read as %j", (written, folder) => {
    expect(folderSchema.parse(written)).toBe(folder);
  });
});
