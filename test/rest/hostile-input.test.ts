import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Operation } from "../../src/operations/define-operation.ts";
import { catalogue } from "../../src/operations/index.ts";
import { type Rest, type ServedLibrary, serveLibrary } from "../support/rest.ts";

let library: ServedLibrary;
let ada: Rest;
/** Of the prompt that all calls are about, whatever name they leave it with. */
let id: string;

beforeAll(async () => {
  library = await serveLibrary();
  ada = await library.newcomer("ada");
  ({ id } = (await ada("POST", "/v1/prompts", { json: { name: "target", content: "Hello {{name}}" } })).body);
});

afterAll(async () => {
  await library.close();
});

const text = fc.oneof(
  fc.constantFrom(
    "target",
    "",
    "\0",
    "a\0b",
    "\ud800",
    "\u202e\u200b\ufeff",
    "🏳️‍🌈",
    "ﬀ\u0301İ",
    "' OR 1=1; --",
    '"',
    '"" AND NEAR(a b) * ^ {x} : -',
    "%_\\",
    "__proto__",
    "constructor",
    "../../etc/passwd",
    "{{__proto__}}",
    "-1",
    "1e309",
    "NaN",
    "9007199254740993",
    "999999999999999999999999",
    "00000000-0000-0000-0000-000000000000",
    "versions/1",
    "x".repeat(3000),
    "a/".repeat(300),
    "word ".repeat(400),
  ),
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme-composite", maxLength: 40 }),
);
const value = fc.oneof(
  { weight: 5, arbitrary: text },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, -1, 1.5, 1e21, true, null, [], ["a", "a"], {}) },
);

/** Input that is taken, so that what is hostile in one field gets past the checks of the others. */
const valid: Record<string, unknown> = {
  content: "Hello",
  query: "hello",
  username: "nobody",
  password: "wrong",
};

const routes = catalogue.flatMap((operation: Operation) =>
  operation.rest.map((route) => ({
    ...route,
    fields: Object.keys(operation.input.shape),
    base: Object.fromEntries(
      Object.keys(operation.input.shape)
        .filter((field) => operation.name !== "register" && Object.hasOwn(valid, field))
        .map((field) => [field, valid[field]]),
    ),
  })),
);

/** An address cannot hold half a character. */
function encoded(part: unknown): string {
  const written = typeof part === "string" ? part : JSON.stringify(part);
  return encodeURIComponent(written.toWellFormed()) || "%20";
}

const calls = fc.constantFrom(...routes).chain((route) => {
  const some = fc.subarray(route.fields, { maxLength: Math.min(3, route.fields.length) });
  return fc.record({
    route: fc.constant(route),
    hostile: some.chain((fields) => fc.record(Object.fromEntries(fields.map((field) => [field, value])))),
    ifMatch: fc.oneof(
      { weight: 6, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: text.filter((header) => /^[\x20-\x7e]+$/.test(header)) },
    ),
  });
});

describe("hostile values in every field of every route", () => {
  it("are answered, never with a server error, and always as JSON", async () => {
    await fc.assert(
      fc.asyncProperty(calls, async ({ route: { method, path, fields, base }, hostile, ifMatch }) => {
        const values: Record<string, unknown> = { ...base, ...hostile };
        const address = path.replace(/\{(\w+)\}/g, (_, field) => encoded(values[field] ?? "target"));
        const rest = fields.filter((field) => field in values && !path.includes(`{${field}}`));
        const isQuery = method === "get" || method === "delete";
        const query = rest.map((field) => `${field}=${encoded(values[field])}`).join("&");
        const json = Object.fromEntries(rest.map((field) => [field, values[field]]));
        const reply = await ada(method.toUpperCase(), isQuery ? `${address}?${query}` : address, {
          ...(isQuery ? {} : { json }),
          headers: ifMatch === undefined ? {} : { "If-Match": ifMatch },
        });
        expect(reply.status, `${method} ${path}: ${reply.text}`).toBeLessThan(500);
        expect(reply.body, `${method} ${path}`).toBeInstanceOf(Object);
        expect(reply.status < 400 || typeof reply.body.code === "string").toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it("leave the library as it was", async () => {
    expect((await ada("GET", "/v1/whoami")).body.username).toBe("ada");
    const { body } = await ada("GET", `/v1/prompts/${id}/versions/1`);
    expect(body.content).toBe("Hello {{name}}");
  });
});

describe("addresses that are hardly addresses", () => {
  it("are answered, never with a server error", async () => {
    for (const path of [
      "/v1/prompts/%00",
      "/v1/prompts/%ff",
      "/v1/prompts/%",
      "/v1//prompts",
      "/v1/prompts//versions",
      "/v1/prompts/versions",
      "/v1/prompts/versions/versions/versions",
      "/v1/prompts/a/versions/1/versions/2",
      "/v1/prompts/;a=b",
      "/v1/prompts/%2F",
      "/v1/prompts/..%2f..%2f",
      "/v1/prompts/target?",
      "/v1/prompts/target?%",
      "/v1/prompts?tag=%ff&folder=%00",
      "/prompts/%00/versions",
      `/v1/prompts/${"a/versions/".repeat(800)}`,
      `/v1/prompts?${"limit=1&".repeat(1000)}`,
    ]) {
      const reply = await ada("GET", path);
      expect(reply.status, path).toBeLessThan(500);
      expect(reply.headers.get("Content-Type"), path).toContain("json");
    }
  });
});
