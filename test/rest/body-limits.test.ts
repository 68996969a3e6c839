import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PASSWORD } from "../support/library.ts";
import { type Rest, type ServedLibrary, serveLibrary } from "../support/rest.ts";

let library: ServedLibrary;
let ada: Rest;

beforeAll(async () => {
  library = await serveLibrary();
  ada = await library.newcomer("ada");
});
afterAll(() => library.close());

const PUBLIC = ["/v1/auth/login", "/v1/auth/register", "/auth/login", "/auth/register"];
const headers = { "Content-Type": "application/json" };

describe("what strangers send", () => {
  it.each(PUBLIC)("is read up to 16 KiB on %s, and refused beyond", async (path) => {
    const json = { username: "ada", password: PASSWORD, padding: "x".repeat(15 * 1024) };
    expect((await library.stranger("POST", path, { json })).status).not.toBe(413);
    const larger = await library.stranger("POST", path, { json: { ...json, more: "x".repeat(1024) } });
    expect(larger.status).toBe(413);
    expect(larger.body).toMatchObject({ code: "too_large", details: { limit: 16 * 1024 } });
    expect(larger.body.detail).toContain("16 KiB");
  });

  it("is refused for its depth before it is parsed", async () => {
    for (const path of PUBLIC) {
      const body = `{"username":${"[".repeat(8000)}${"]".repeat(8000)}}`;
      const reply = await library.stranger("POST", path, { body, headers });
      expect(reply.status).toBe(400);
      expect(reply.body.detail).toContain("64 levels");
    }
  });
});

describe("what members send", () => {
  it("is read up to 1 MiB", async () => {
    const content = "x".repeat(200 * 1024);
    expect((await ada("POST", "/v1/prompts", { json: { name: "large", content } })).status).toBe(201);
    const { status, body } = await ada("POST", "/v1/prompts", { json: { content: "x".repeat(1024 * 1024) } });
    expect([status, body.details]).toEqual([413, { limit: 1024 * 1024 }]);
  });

  it.each([
    ["a folder of slashes", "/v1/search", { query: "x", folder: `x${"/".repeat(1_000_000)}y` }],
    ["a name of marks", "/v1/prompts", { content: "x", name: `a${"\u0301\u0316".repeat(125_000)}` }],
    ["a folder of marks", "/v1/search", { query: "x", folder: `a${"\u0301\u0316".repeat(125_000)}` }],
  ])("is refused in one pass over it: %s", async (_what, path, json) => {
    expect((await ada("POST", path, { json })).status).toBe(400);
  });

  it("is stored in one pass over it, whatever marks stand on one letter", async () => {
    const marks = `a${"\u0301".repeat(60_000)}${"\u0316".repeat(60_000)}`;
    const { status, body } = await ada("POST", "/v1/prompts", { json: { content: marks } });
    expect(status).toBe(201);
    expect((await ada("GET", `/v1/prompts/${body.id}`)).body.content).toBe(marks);
  });
});
