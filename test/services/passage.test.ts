import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { passageOf } from "../../src/services/passage.ts";

describe("a passage", () => {
  it("is the whole text when that is short", () => {
    expect(passageOf("A short prompt.", undefined, [])).toBe("A short prompt.");
  });

  it("stands around the first matched word", () => {
    const text = `${"filler ".repeat(100)}needle ${"filler ".repeat(100)}`;
    const passage = passageOf(text, undefined, ["needle"]);
    expect(passage).toContain("needle");
    expect(passage.startsWith("…filler")).toBe(true);
    expect(passage.endsWith("filler…")).toBe(true);
  });

  it("comes from the part of the text that matched in meaning", () => {
    expect(passageOf("one two three", { start: 4, end: 7 }, [])).toBe("two");
  });

  it("is short and well-formed for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 2000 }), fc.array(fc.string()), (text, words) => {
        const passage = passageOf(text, undefined, words);
        expect(passage.length).toBeLessThanOrEqual(322);
        expect(passage.isWellFormed()).toBe(true);
      }),
    );
  });
});
