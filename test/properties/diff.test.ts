import { applyPatch } from "diff";
import fc from "fast-check";
import { expect, it } from "vitest";
import { diffText } from "../../src/domain/version-diff.ts";

const line = fc.oneof(fc.constantFrom("a", "b", "", " a", "-", "+x", "\\ No newline"), fc.string());
const text = fc.array(line, { maxLength: 30 }).map((lines) => lines.join("\n"));

it("gives the newer text when a diff is applied to the older one", () => {
  fc.assert(
    fc.property(text, text, (from, to) => {
      const { unified } = diffText(from, to, ["old", "new"]);
      expect(unified === "" ? from : applyPatch(from, unified)).toBe(to);
    }),
    { numRuns: 1_000 },
  );
});
