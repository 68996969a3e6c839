import fc from "fast-check";
import { expect, it } from "vitest";
import { AppError, type ErrorCode } from "../../src/domain/errors.ts";
import { readInputSchema } from "../../src/domain/input-schema.ts";
import { wholeSchema } from "../../src/domain/prompt-arguments.ts";
import { findArguments, readBody } from "../../src/domain/prompt-body.ts";
import { renderBody } from "../../src/domain/render-body.ts";
import { render } from "../../src/domain/template/render.ts";
import { findTags } from "../../src/domain/template/tags.ts";
import { checkedValues, checkInputSchema } from "../../src/services/argument-validation.ts";

/** The codes that rendering may give, by its documentation. */
const DECLARED: readonly ErrorCode[] = ["invalid_input", "too_large", "not_found", "conflict"];

function orDeclared<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    expect(DECLARED).toContain((error as AppError).code);
    return undefined;
  }
}

const name = fc.constantFrom(
  "a",
  "b",
  "c",
  "a.b",
  ".",
  "__proto__",
  "constructor",
  "toString",
  "length",
  "else",
);
const piece = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(fc.constantFrom("", "#", "^", "/", "&", "!", ">", " "), name) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("{{", "}}", "{{{", "\\", "\n", "{{=<% %>=}}", "{{> a/b@production}}"),
  },
  { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
);
const template = fc
  .array(piece, { maxLength: 30 })
  .map((pieces) => pieces.map((one) => (typeof one === "string" ? one : `{{${one.join("")}}}`)).join(""));
const values = fc.dictionary(fc.oneof(name, fc.string()), fc.jsonValue());
const property = fc.oneof(
  fc.record(
    {
      type: fc.constantFrom("string", "number", "integer", "boolean", "array", "object", "text"),
      enum: fc.array(fc.jsonValue(), { maxLength: 3 }),
      default: fc.jsonValue(),
      maxLength: fc.integer({ min: -1, max: 9 }),
      pattern: fc.constantFrom("a+", "(", "(?=a)", "^(a|a)*$"),
      items: fc.record({ type: fc.constantFrom("string", "integer") }),
      description: fc.string(),
    },
    { requiredKeys: [] },
  ),
  fc.jsonValue(),
);
const schema = fc.record({
  type: fc.constantFrom("object", "array"),
  properties: fc.dictionary(name, property, { maxKeys: 4 }),
  required: fc.array(name, { maxLength: 2 }),
});

it("renders any template with any values, or gives a declared error", () => {
  fc.assert(
    fc.property(template, values, (content, given) => {
      const rendered = orDeclared(() => render({ contents: [content], values: given }));
      if (rendered !== undefined) expect(typeof rendered[0]).toBe("string");
    }),
    { numRuns: 2_000 },
  );
});

it("stores and renders any body with any schema and any values, or gives a declared error", () => {
  fc.assert(
    fc.property(template, schema, values, fc.boolean(), (content, given, arguments_, isChat) => {
      orDeclared(() => {
        const inputSchema = readInputSchema(given);
        checkInputSchema(inputSchema);
        const messages = [{ role: "user" as const, content }, { placeholder: "c" }];
        const body = readBody(isChat ? { messages, inputSchema } : { content, inputSchema });
        return renderBody(body, checkedValues(wholeSchema(inputSchema, findArguments(body)), arguments_));
      });
    }),
    { numRuns: 1_000 },
  );
});

it("gives a template without tags as it is, and every value of one that it asks for as it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      fc.pre(!text.includes("{{") && !text.includes("\0"));
      expect(render({ contents: [text], values: {} })).toEqual([text]);
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (value) => {
      expect(render({ contents: ["<{{a}}>"], values: { a: value } })).toEqual([`<${value}>`]);
    }),
  );
});

it("tells all tags by their places: between them is the text, as it was", () => {
  fc.assert(
    fc.property(template, (content) => {
      const found = orDeclared(() => findTags(content));
      let end = 0;
      for (const tag of found?.tags ?? []) {
        expect(tag.start).toBeGreaterThanOrEqual(end);
        expect(content.slice(tag.start, tag.end)).toMatch(/^\\?\{\{[\s\S]*\}\}$/);
        end = tag.end;
      }
    }),
  );
});
