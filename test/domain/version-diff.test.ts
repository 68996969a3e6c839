import { applyPatch } from "diff";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffText, type Hunk } from "../../src/domain/version-diff.ts";

const NAMES = ["a v1", "a v2"] as const;

/** Texts that share lines, with all that ends a line or does not. */
const line = fc.oneof(
  fc.constantFrom(
    "",
    "same",
    "same too",
    "  indented",
    "# heading",
    "-minus",
    "+plus",
    "@@ -1 +1 @@",
    "\\ No",
    "\r",
  ),
  fc.string({ maxLength: 8, unit: "grapheme" }).filter((text) => !text.includes("\n")),
);
const text = fc
  .tuple(fc.array(line, { maxLength: 12 }), fc.boolean())
  .map(([lines, ends]) => lines.join("\n") + (ends ? "\n" : ""));

/** The lines of the older, or of the newer text that a hunk shows. */
function sideOf({ blocks }: Hunk, side: "removed" | "added"): string[] {
  return blocks.flatMap((block) => (block.kind === "same" ? (block.lines ?? []) : (block[side] ?? [])));
}

describe("a diff of two texts", () => {
  it("gives the newer one when it is applied to the older, whatever they are", () => {
    fc.assert(
      fc.property(text, text, (from, to) => {
        const { unified } = diffText(from, to, NAMES);
        expect(unified === "" ? from : applyPatch(from, unified, { autoConvertLineEndings: false })).toBe(to);
      }),
      { numRuns: 500 },
    );
  });

  it("holds in its hunks as many lines of either text as each hunk says", () => {
    fc.assert(
      fc.property(text, text, (from, to) => {
        for (const hunk of diffText(from, to, NAMES).hunks) {
          expect(sideOf(hunk, "removed")).toHaveLength(hunk.from_count);
          expect(sideOf(hunk, "added")).toHaveLength(hunk.to_count);
        }
      }),
    );
  });

  it("says within a changed line which words changed", () => {
    const { unified, hunks } = diffText("Hello dear Ada\nBye\n", "Hello kind Ada\nBye\n", NAMES);
    expect(unified).toContain("-Hello dear Ada\n+Hello kind Ada\n Bye\n");
    expect(hunks[0]?.blocks[0]?.words).toEqual([
      { kind: "same", text: "Hello " },
      { kind: "removed", text: "dear" },
      { kind: "added", text: "kind" },
      { kind: "same", text: " Ada" },
    ]);
  });

  it("still gives the newer text when nearly every line differs, in bounded work", () => {
    const many = (word: string) => Array.from({ length: 30_000 }, (_, n) => `${word}${n}`).join("\n");
    const { unified } = diffText(many("a"), many("b"), NAMES);
    expect(applyPatch(many("a"), unified)).toBe(many("b"));
  });
});
