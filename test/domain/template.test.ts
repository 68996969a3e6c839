import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AppError } from "../../src/domain/errors.ts";
import { findArguments, MAX_RENDERED_BYTES, render } from "../../src/domain/template.ts";

const names = (content: string) => findArguments(content).map((argument) => argument.name);

function failure(work: () => unknown): AppError {
  try {
    work();
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
  throw new Error("It did not fail");
}

describe("the arguments of a template", () => {
  it("are its placeholders, each once, in the order of their first use", () => {
    expect(names("{{ b }} and {{a}}, {{b}} again")).toEqual(["b", "a"]);
  });

  it("are none of the things that only look like placeholders", () => {
    expect(names("{{}} {x} {{#if y}} {{a b}} {{1x}} {{{")).toEqual([]);
  });

  it("are refused when there are more than a hundred", () => {
    const content = Array.from({ length: 101 }, (_, n) => `{{a${n}}}`).join("");
    expect(failure(() => findArguments(content)).code).toBe("invalid_input");
    expect(names(content.slice(0, content.lastIndexOf("{{")))).toHaveLength(100);
  });

  it("never are names that objects answer to by themselves", () => {
    expect(names("{{__proto__}} {{constructor}} {{prototype}}")).toEqual([]);
  });
});

describe("rendering", () => {
  it("puts each value where its placeholder stands, and leaves all else as it is", () => {
    expect(render("Dear {{name}}, {x} {{}} {{ name }}!", { name: "Ada" })).toBe("Dear Ada, {x} {{}} Ada!");
  });

  it("names every missing and every unknown argument", () => {
    const error = failure(() => render("{{a}} {{b}}", { c: "1" }));
    expect(error.code).toBe("invalid_input");
    expect(error.details).toMatchObject({ missing: ["a", "b"], unknown: ["c"] });
    expect(error.message).toContain("Missing arguments: a, b.");
  });

  it("never looks into a value again", () => {
    expect(render("{{a}}{{b}}", { a: "{{b}}", b: "$& $1 {{a}}" })).toBe("{{b}}$& $1 {{a}}");
  });

  it("cannot reach a prototype", () => {
    expect(render("{{__proto__}} {{constructor}}", {})).toBe("{{__proto__}} {{constructor}}");
    expect(failure(() => render("{{toString}}", {})).details).toMatchObject({ missing: ["toString"] });
  });

  it("stops at a size that no prompt has", () => {
    expect(failure(() => render("{{a}}{{a}}{{a}}", { a: "x".repeat(MAX_RENDERED_BYTES / 2) })).code).toBe(
      "too_large",
    );
  });

  it("stops before it has built what is too large", () => {
    const content = "{{a}}".repeat(52_000);
    expect(failure(() => render(content, { a: "x".repeat(1024 * 1024) })).code).toBe("too_large");
  });

  it("lists a few of very many unknown arguments", () => {
    const values = Object.fromEntries(Array.from({ length: 100_000 }, (_, n) => [`k${n}`, ""]));
    const error = failure(() => render("{{a}}", { ...values, a: "" }));
    expect(error.message.length).toBeLessThan(1000);
    expect(error.message).toContain("and 99980 more");
    expect(error.details).toMatchObject({ unknown: expect.objectContaining({ length: 20 }) });
  });

  it("gives text or a declared error for any template and any values", () => {
    const piece = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("{{", "}}", "{{a}}", "{{b}}", "{{__proto__}}"),
    );
    const template = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(template, fc.dictionary(fc.string(), fc.string({ unit: "binary" })), (content, values) => {
        try {
          expect(typeof render(content, values)).toBe("string");
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
        }
      }),
    );
  });
});
