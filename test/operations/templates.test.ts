import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Library, openLibrary, type TestMember } from "../support/library.ts";

let library: Library;
let ada: TestMember;

beforeAll(async () => {
  library = await openLibrary();
  ada = await library.found("ada");
});
afterAll(() => library.close());

const SCHEMA = {
  type: "object",
  properties: {
    tone: { type: "string", description: "How it sounds", enum: ["formal", "casual"], default: "formal" },
    count: { type: "integer", minimum: 1, maximum: 5 },
    topics: { type: "array", items: { type: "string" }, examples: [["tea"]] },
    customer: { type: "object", properties: { name: { type: "string", maxLength: 20 } }, required: ["name"] },
    urgent: { type: "boolean" },
  },
  required: ["count", "customer"],
};
const CONTENT =
  "{{#urgent}}Now! {{/urgent}}{{count}} {{tone}} lines for {{customer.name}}:{{#topics}} {{.}}{{/topics}}";

function refusal(call: Promise<unknown>): Promise<{ code: string; message: string; details: object }> {
  return call.then(
    () => Promise.reject(new Error("It was not refused")),
    (error) => error,
  );
}

describe("create_prompt and get_prompt with an input_schema", () => {
  it("keep the schema, and tell of its arguments in outline", async () => {
    await ada.call("create_prompt", { name: "typed", content: CONTENT, input_schema: SCHEMA });
    const prompt = await ada.call("get_prompt", { name: "typed" });
    expect(prompt).toMatchObject({
      type: "text",
      declared_schema: SCHEMA,
      input_schema: { ...SCHEMA, additionalProperties: false },
      config: {},
    });
    expect(prompt.arguments).toEqual([
      {
        name: "tone",
        type: "string",
        required: false,
        description: "How it sounds",
        enum: ["formal", "casual"],
        default: "formal",
      },
      { name: "count", type: "integer", required: true },
      { name: "topics", type: "array", required: false, examples: [["tea"]] },
      { name: "customer", type: "object", required: true },
      { name: "urgent", type: "boolean", required: false },
    ]);
  });

  it("derive texts from the template where there is none, and what a schema forgot", async () => {
    await ada.call("create_prompt", { name: "derived", content: "{{a}} {{b}}" });
    expect(await ada.call("get_prompt", { name: "derived" })).toMatchObject({
      declared_schema: null,
      input_schema: {
        type: "object",
        properties: { a: { type: "string" }, b: { type: "string" } },
        required: ["a", "b"],
      },
    });
    const declared = { type: "object", properties: { b: { type: "integer" } } };
    const prompt = await ada.call("update_prompt", { name: "derived", input_schema: declared });
    expect(prompt.input_schema).toMatchObject({ properties: { a: { type: "string" } }, required: ["a"] });
    expect(prompt.declared_schema).toEqual(declared);
    const without = await ada.call("update_prompt", { name: "derived", input_schema: null });
    expect(without.declared_schema).toBeNull();
  });

  it.each([
    ["no object", { type: "array" }],
    ["an unknown keyword", { type: "object", properties: { a: { typ: "string" } } }],
    ["an unknown type", { type: "object", properties: { a: { type: "text" } } }],
    [
      "a reference to elsewhere",
      { type: "object", properties: { a: { $ref: "https://example.com/schema" } } },
    ],
    ["a reference within", { type: "object", $defs: { a: {} }, properties: { a: { $ref: "#/$defs/a" } } }],
    ["a name that is none", { type: "object", properties: { "a b": {} } }],
    ["a required argument that is not there", { type: "object", properties: {}, required: ["a"] }],
    ["a default that does not fit", { type: "object", properties: { a: { type: "integer", default: "x" } } }],
    ["a pattern without a length", { type: "object", properties: { a: { type: "string", pattern: "a" } } }],
    [
      "a pattern that looks ahead",
      { type: "object", properties: { a: { type: "string", maxLength: 9, pattern: "(?=a)" } } },
    ],
    [
      "a pattern that is long when its repetitions are written out",
      { type: "object", properties: { a: { type: "string", maxLength: 9, pattern: "((a?b){90}){11}c" } } },
    ],
    [
      "a quoted pattern",
      { type: "object", properties: { a: { type: "string", maxLength: 9, pattern: "(a?\\Q(\\E){9}" } } },
    ],
    [
      "patterns that are long together",
      {
        type: "object",
        properties: {
          a: { anyOf: Array.from({ length: 9 }, () => ({ pattern: "a{900}b{900}", maxLength: 9 })) },
        },
      },
    ],
    [
      "many lists whose items all differ",
      {
        type: "object",
        properties: { a: { allOf: Array.from({ length: 5 }, () => ({ uniqueItems: true, maxItems: 9 })) } },
      },
    ],
    [
      "hundreds of schemas, which would be code for seconds",
      {
        type: "object",
        properties: { a: { anyOf: Array.from({ length: 300 }, (_, n) => ({ minItems: n })) } },
      },
    ],
    ["no end of schemas", { type: "object", properties: { a: nested(9) } }],
    ["a great size", { type: "object", properties: { a: { description: "x".repeat(40_000) } } }],
  ])("refuse %s, and store nothing", async (_, input_schema) => {
    const error = await refusal(ada.call("create_prompt", { name: "never", content: "x", input_schema }));
    expect(error).toMatchObject({ code: "invalid_input", message: expect.stringContaining("input_schema") });
    expect(await refusal(ada.call("get_prompt", { name: "never" }))).toMatchObject({ code: "not_found" });
  });
});

function nested(depth: number): object {
  return depth === 0 ? {} : { type: "array", items: nested(depth - 1) };
}

describe("render_prompt with an input_schema", () => {
  it("takes JSON values, fills in defaults, and loops over lists", async () => {
    const values = { count: 2, customer: { name: "Ada" }, topics: ["tea", "milk"], urgent: true };
    const { text } = await ada.call("render_prompt", { name: "typed", arguments: values });
    expect(text).toBe("Now! 2 formal lines for Ada: tea milk");
  });

  it("takes the same as texts, as forms and flags give them", async () => {
    const values = { count: "2", customer: '{"name":"Ada"}', topics: "tea, milk", urgent: "false", tone: "" };
    const { text } = await ada.call("render_prompt", { name: "typed", arguments: values });
    expect(text).toBe("2 formal lines for Ada: tea milk");
  });

  it("says of each argument what is wrong with it", async () => {
    const values = { count: "9", customer: { name: "x".repeat(21) }, tone: "loud", topics: [1] };
    const error = await refusal(ada.call("render_prompt", { name: "typed", arguments: values }));
    expect(error.code).toBe("invalid_input");
    for (const words of [
      "count must be <= 5",
      "customer.name must NOT have more than 20 characters",
      'tone must be equal to one of the allowed values (["formal","casual"])',
      "topics.0 must be string",
    ]) {
      expect(error.message).toContain(words);
    }
  });

  it("names what is missing and what is no argument", async () => {
    const error = await refusal(ada.call("render_prompt", { name: "typed", arguments: { count: 1, x: 1 } }));
    expect(error).toMatchObject({
      code: "invalid_input",
      details: { missing: ["customer"], unknown: ["x"] },
    });
  });

  it("runs a pattern in time that grows with the text alone", async () => {
    const properties = { a: { type: "string", maxLength: 10_000, pattern: "^(a+)+$" } };
    await ada.call("create_prompt", {
      name: "pattern",
      content: "{{a}}",
      input_schema: { type: "object", properties },
    });
    const error = await refusal(
      ada.call("render_prompt", { name: "pattern", arguments: { a: `${"a".repeat(9_999)}!` } }),
    );
    expect(error.message).toContain("a must match pattern");
  });

  it.each([
    [
      "many long texts by a large pattern",
      { type: "array", items: { pattern: "(a?){0,900}b$", maxLength: 10_000 } },
      Array.from({ length: 100 }, () => "a".repeat(9_000)),
    ],
    [
      "many values by a long schema",
      {
        type: "array",
        items: { anyOf: Array.from({ length: 290 }, (_, at) => ({ const: `${at}`.repeat(30) })) },
      },
      Array.from({ length: 15_000 }, () => 1_999),
    ],
    [
      "a long text by a long schema",
      { anyOf: Array.from({ length: 290 }, (_, at) => ({ maxLength: at, title: `${at}`.repeat(25) })) },
      "x".repeat(1_500_000),
    ],
  ])("does not check %s, for which nobody else would be answered", async (name, a, value) => {
    const slug = name.replaceAll(" ", "-");
    const input_schema = { type: "object", properties: { a } };
    await ada.call("create_prompt", { name: slug, content: "{{a}}", input_schema });
    const error = await refusal(ada.call("render_prompt", { name: slug, arguments: { a: value } }));
    expect(error.code).toBe("too_large");
  });
});

describe("a chat prompt", () => {
  const messages = [
    { role: "system", content: "You are {{tone}}." },
    { placeholder: "history" },
    { role: "user", content: "{{question}}" },
  ];

  it("is stored as messages, and found, named and compared by their text", async () => {
    const created = await ada.call("create_prompt", { messages, config: { model: "m-1", temperature: 0.2 } });
    expect(created).toMatchObject({
      name: "you-are-tone",
      type: "chat",
      messages,
      content: "system: You are {{tone}}.\n\nmessages: history\n\nuser: {{question}}",
      config: { model: "m-1", temperature: 0.2 },
      arguments: [
        { name: "tone", required: true },
        { name: "question", required: true },
        { name: "history", type: "array", required: false },
      ],
    });
    expect((await ada.call("list_prompts", { query: "you are" })).items).toHaveLength(1);
    const changed = messages.with(2, { role: "user", content: "Answer: {{question}}" });
    await ada.call("update_prompt", { name: "you-are-tone", messages: changed, config: { model: "m-2" } });
    const change = await ada.call("compare_versions", { name: "you-are-tone" });
    expect(change.unified).toContain("+user: Answer: {{question}}");
    expect(change.fields.map(({ field }: { field: string }) => field)).toEqual(["messages", "config"]);
  });

  it("renders to messages, with those that were given in their place, as they are", async () => {
    const history = [{ role: "assistant", content: "{{question}}?" }];
    const values = { tone: "kind", question: "Why?", history };
    const rendered = await ada.call("render_prompt", { name: "you-are-tone", version: 1, arguments: values });
    expect(rendered).toMatchObject({ config: { model: "m-1", temperature: 0.2 } });
    expect(rendered.text).toBe("system: You are kind.\n\nassistant: {{question}}?\n\nuser: Why?");
    expect(rendered.messages).toEqual([
      { role: "system", content: "You are kind." },
      ...history,
      { role: "user", content: "Why?" },
    ]);
    const asText = { ...values, history: JSON.stringify(history) };
    const again = await ada.call("render_prompt", { name: "you-are-tone", version: 1, arguments: asText });
    expect(again.messages).toEqual(rendered.messages);
    const wrong = { ...values, history: [{ role: "tool", content: "x" }] };
    expect(
      await refusal(ada.call("render_prompt", { name: "you-are-tone", version: 1, arguments: wrong })),
    ).toMatchObject({ code: "invalid_input", message: expect.stringContaining("history.0.role") });
  });

  it("comes back with restore_version, schema, messages, settings and all", async () => {
    const input_schema = { type: "object", properties: { tone: { enum: ["kind"] } } };
    await ada.call("update_prompt", { name: "you-are-tone", input_schema });
    await ada.call("update_prompt", {
      name: "you-are-tone",
      content: "A text",
      config: {},
      input_schema: null,
    });
    expect(await ada.call("get_prompt", { name: "you-are-tone" })).toMatchObject({
      type: "text",
      config: {},
    });
    const restored = await ada.call("restore_version", { name: "you-are-tone", version: 3 });
    expect(restored).toMatchObject({ type: "chat", declared_schema: input_schema, config: { model: "m-2" } });
    const { items } = await ada.call("get_versions", { name: "you-are-tone" });
    expect(items.map(({ type }: { type: string }) => type)).toEqual(["chat", "text", "chat", "chat", "chat"]);
  });

  it("is given in place of a content, and says something", async () => {
    for (const input of [{}, { content: "x", messages }, { messages: [{ role: "user", content: " " }] }]) {
      expect(await refusal(ada.call("create_prompt", input))).toMatchObject({ code: "invalid_input" });
    }
    expect(await refusal(ada.call("update_prompt", { name: "typed", content: "x", messages }))).toMatchObject(
      {
        code: "invalid_input",
      },
    );
  });

  it("takes settings that are JSON, and not too much of it", async () => {
    const config = { stop: ["a"], deep: { json: null } };
    await ada.call("create_prompt", { name: "configured", content: "x", config });
    expect((await ada.call("get_prompt", { name: "configured" })).config).toEqual(config);
    const large = ada.call("update_prompt", { name: "configured", config: { x: "x".repeat(20_000) } });
    expect(await refusal(large)).toMatchObject({ code: "invalid_input" });
  });
});
