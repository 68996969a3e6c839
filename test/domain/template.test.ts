import { describe, expect, it } from "vitest";
import { AppError } from "../../src/domain/errors.ts";
import { findArguments } from "../../src/domain/prompt-body.ts";
import { MAX_RENDERED_BYTES, render } from "../../src/domain/template/render.ts";

const names = (content: string) => findArguments({ content }).map(({ name }) => name);
const filled = (content: string, values: Record<string, unknown> = {}) =>
  render({ contents: [content], values }).join("");

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
    expect(names("{{}} {x} {{#if y}} {{a b}} {{1x}} {{{ {{! note }} {{/x}} {{.}} {{&x}} \\{{y}}")).toEqual(
      [],
    );
  });

  it("are refused when there are more than a hundred", () => {
    const content = Array.from({ length: 101 }, (_, n) => `{{a${n}}}`).join("");
    expect(failure(() => names(content)).code).toBe("invalid_input");
    expect(names(content.slice(0, content.lastIndexOf("{{")))).toHaveLength(100);
  });

  it("never are names that objects answer to by themselves", () => {
    expect(
      names("{{__proto__}} {{constructor}} {{prototype}} {{a.constructor}} {{#__proto__}}{{/__proto__}}"),
    ).toEqual([]);
  });

  it("are required outside of sections, and optional where only a section uses them", () => {
    expect(findArguments({ content: "{{a}} {{#b}}{{c}} {{a}}{{/b}}{{^d}}-{{/d}} {{e.f}}" })).toEqual([
      { name: "a", type: "string", required: true },
      { name: "b", type: "any", required: false },
      { name: "c", type: "string", required: false },
      { name: "d", type: "any", required: false },
      { name: "e", type: "object", required: true },
    ]);
  });
});

describe("rendering", () => {
  it("puts each value where its placeholder stands, and leaves all else as it is", () => {
    expect(filled("Dear {{name}}, {x} {{}} {{ name }}!", { name: "Ada" })).toBe("Dear Ada, {x} {{}} Ada!");
  });

  it("escapes nothing: prompts are no HTML", () => {
    expect(filled("{{a}}", { a: `<b>&"'` })).toBe(`<b>&"'`);
  });

  it("shows a section for what is there, and an inverted one for what is not", () => {
    const content = "{{#a}}yes{{/a}}{{^a}}no{{/a}}";
    for (const a of [true, "x", 1, { b: 1 }, [1]]) expect(filled(content, { a })).toBe("yes");
    for (const a of [false, "", 0, null, [], undefined]) expect(filled(content, { a })).toBe("no");
  });

  it("loops over lists, with the fields of each item, the item itself and what is around it", () => {
    const content = "{{#items}}{{name}}-{{unit}};{{/items}}{{#tags}}[{{.}}]{{/tags}}";
    const items = [{ name: "a" }, { name: "b", unit: "kg" }];
    expect(filled(content, { items, unit: "g", tags: ["x", "y"] })).toBe("a-g;b-kg;[x][y]");
  });

  it("leaves no line behind where a section's tag stands alone", () => {
    expect(filled("Do:\n{{#steps}}\n- {{.}}\n{{/steps}}\nDone.", { steps: ["a", "b"] })).toBe(
      "Do:\n- a\n- b\nDone.",
    );
  });

  it("reads fields by dots, and gives lists and objects as JSON", () => {
    expect(filled("{{a.b.c}} {{a.b}} {{n}} {{t}}", { a: { b: { c: "x" } }, n: 1.5, t: true })).toBe(
      'x {"c":"x"} 1.5 true',
    );
  });

  it("leaves a section without its other end as it was written", () => {
    for (const content of ["{{#a}} x", "x {{/a}}", "{{#a}}{{#b}}{{/a}}", "{{#if a}}{{/if}}"]) {
      expect(filled(content, { a: true })).toBe(content === "{{#a}}{{#b}}{{/a}}" ? "{{#b}}" : content);
    }
  });

  it("leaves a tag behind a backslash as it was written, without the backslash", () => {
    expect(filled("\\{{a}} {{a}} \\{ \\x", { a: "1" })).toBe("{{a}} 1 \\{ \\x");
  });

  it("never looks into a value again", () => {
    expect(filled("{{a}}{{b}}", { a: "{{b}}", b: "$& $1 {{a}}" })).toBe("{{b}}$& $1 {{a}}");
    expect(filled("{{a}}", { a: "\0&b\0", b: "leak" })).toBe("\0&b\0");
  });

  it("cannot reach a prototype", () => {
    expect(filled("{{__proto__}} {{constructor}}")).toBe("{{__proto__}} {{constructor}}");
    for (const name of ["toString", "length", "a.length", "a.toString", "list.map", "hasOwnProperty"]) {
      expect(filled(`[{{${name}}}]`, { a: "text", list: [1] })).toBe("[]");
      expect(filled(`{{#${name}}}x{{/${name}}}`, { a: "text", list: [1] })).toBe("");
    }
  });

  it("stops at a size that no prompt has", () => {
    const half = "x".repeat(MAX_RENDERED_BYTES / 2);
    expect(failure(() => filled("{{a}}{{a}}{{a}}", { a: half })).code).toBe("too_large");
  });

  it("stops before it has built what is too large", () => {
    expect(failure(() => filled("{{a}}".repeat(52_000), { a: "x".repeat(1024 * 1024) })).code).toBe(
      "too_large",
    );
  });

  it("stops loops that would run for ever, even when they say nothing", () => {
    const a = Array.from({ length: 1000 }, () => 0);
    const content = "{{#a}}{{#a}}{{#a}}{{#a}}{{/a}}{{/a}}{{/a}}{{/a}}";
    expect(failure(() => filled(content, { a })).code).toBe("too_large");
  });

  it("refuses sections that are nested deeper than sixteen", () => {
    const nested = (depth: number) => "{{#a}}".repeat(depth) + "{{/a}}".repeat(depth);
    expect(filled(nested(16), { a: 1 })).toBe("");
    expect(failure(() => filled(nested(17), { a: 1 })).code).toBe("invalid_input");
  });
});
