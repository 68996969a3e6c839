import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isId, nameProblem, promptNameSchema, slugFrom, uniqueName } from "../../src/domain/names.ts";

describe("a prompt's name", () => {
  it.each(["triage", "support/triage", "a/b/c-d_e.f", "日本語/要約", "été", "v2.1"])("may be %s", (name) => {
    expect(nameProblem(name)).toBeUndefined();
  });

  it.each([
    ["", "1 to 200"],
    ["a b", "no spaces"],
    ["/a", "no part empty"],
    ["a//b", "no part empty"],
    ["a/", "no part empty"],
    ["-a", "letters, digits"],
    ["a/versions", "versions"],
    ["Caps", "lower case"],
    ["a/b/c/d/e/f/g/h/i", "at most 8 parts"],
    ["x".repeat(201), "1 to 200"],
    ["123e4567-e89b-12d3-a456-426614174000", "look like an id"],
    ["../etc/passwd", "letters, digits"],
    ["a\u202eb", "letters, digits"],
  ])("cannot be %j", (name, reason) => {
    expect(nameProblem(name)).toContain(reason);
  });

  it("is taken in lower case and without space around it", () => {
    expect(promptNameSchema.parse("  Support/Triage ")).toBe("support/triage");
  });

  it("is told from an id", () => {
    expect(isId("123e4567-e89b-12d3-a456-426614174000")).toBe(true);
    expect(isId("support/triage")).toBe(false);
  });
});

describe("a derived name", () => {
  it.each([
    ["Linux Terminal", "linux-terminal"],
    ["  Où est-ce?  ", "ou-est-ce"],
    ["C++ / C# tutor", "c-c-tutor"],
    ["要約してください", "要約してください"],
    ["!!!", "prompt"],
    ["versions", "prompt"],
  ])("of %j is %s", (title, slug) => {
    expect(slugFrom(title)).toBe(slug);
  });

  it("is a good name whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
        expect(nameProblem(slugFrom(text))).toBeUndefined();
      }),
    );
  });

  it("gets the first free number when it is taken", () => {
    const taken = new Set(["a", "a-2"]);
    expect(uniqueName("a", (name) => taken.has(name))).toBe("a-3");
    expect(uniqueName("b", (name) => taken.has(name))).toBe("b");
  });
});
