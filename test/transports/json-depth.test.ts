import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isTooDeep, MAX_JSON_DEPTH } from "../../src/transports/json-depth.ts";

const bytes = (text: string) => Buffer.from(text);

function depthOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

describe("the depth of a JSON text", () => {
  it("is counted in arrays and objects, up to the limit and not beyond", () => {
    for (const [open, close] of [
      ["[", "]"],
      ['{"a":', "}"],
    ] as const) {
      const nested = (levels: number) => bytes(`${open.repeat(levels)}1${close.repeat(levels)}`);
      expect(isTooDeep(nested(MAX_JSON_DEPTH))).toBe(false);
      expect(isTooDeep(nested(MAX_JSON_DEPTH + 1))).toBe(true);
    }
  });

  it("does not grow with what stands side by side, or in strings", () => {
    expect(isTooDeep(bytes(`[${"[],{},".repeat(1000)}1]`))).toBe(false);
    for (const text of ["[".repeat(100), `\\"${"{".repeat(100)}`, `\\\\\\"${"[".repeat(100)}`, "\\\\"]) {
      expect(isTooDeep(bytes(`{"${text}":"${text}"}`))).toBe(false);
    }
    expect(isTooDeep(bytes(`["\\\\",${"[".repeat(100)}`))).toBe(true);
  });

  it("is that of the value, for any JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.nat(MAX_JSON_DEPTH + 5), (value, levels) => {
        const text = "[".repeat(levels) + JSON.stringify(value) + "]".repeat(levels);
        expect(isTooDeep(bytes(text))).toBe(depthOf(JSON.parse(text)) > MAX_JSON_DEPTH);
      }),
    );
  });
});
