import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PROBLEMS } from "../../src/transports/rest/problem.ts";
import { type Reply, type Rest, type RestCall, type ServedLibrary, serveLibrary } from "../support/rest.ts";

let library: ServedLibrary;
let ada: Rest;

beforeAll(async () => {
  library = await serveLibrary();
  ada = await library.newcomer("ada");
});

afterAll(async () => {
  await library.close();
});

function expectProblem(reply: Reply, status: number, code: string): void {
  expect(reply.headers.get("Content-Type")).toContain("application/problem+json");
  expect(reply.headers.get("Cache-Control")).toBe("no-store");
  expect(reply.headers.get("X-Content-Type-Options")).toBe("nosniff");
  expect(reply.body).toMatchObject({
    type: `urn:promptforge:error:${code}`,
    status,
    code,
    request_id: reply.headers.get("X-Request-Id"),
  });
  expect(reply.status).toBe(status);
  expect(reply.body.title).toBe(PROBLEMS[code as keyof typeof PROBLEMS].title);
}

const json = { "Content-Type": "application/json" };

describe("a body that cannot be read", () => {
  const bodies: Record<string, [RestCall, number, string]> = {
    "malformed JSON": [{ body: '{"content": "x"', headers: json }, 400, "invalid_input"],
    "bytes that are not UTF-8": [
      { body: new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]), headers: json },
      400,
      "invalid_input",
    ],
    "an array": [{ json: [{ content: "x" }] }, 400, "invalid_input"],
    "a text": [{ json: "content" }, 400, "invalid_input"],
    null: [{ json: null }, 400, "invalid_input"],
    "nesting without end": [
      { body: `{"content":${"[".repeat(100_000)}${"]".repeat(100_000)}}`, headers: json },
      400,
      "invalid_input",
    ],
    "a form": [
      { body: "content=x", headers: { "Content-Type": "application/x-www-form-urlencoded" } },
      415,
      "invalid_input",
    ],
    "no media type": [{ body: new Uint8Array([0x7b, 0x7d]) }, 415, "invalid_input"],
    "a media type that is none": [{ body: "{}", headers: { "Content-Type": "json" } }, 415, "invalid_input"],
    "another charset": [
      { body: "{}", headers: { "Content-Type": "application/json; charset=utf-16" } },
      415,
      "invalid_input",
    ],
    "an unknown encoding": [
      { body: "{}", headers: { ...json, "Content-Encoding": "zstd-of-mine" } },
      415,
      "invalid_input",
    ],
    "broken gzip": [{ body: "{}", headers: { ...json, "Content-Encoding": "gzip" } }, 400, "invalid_input"],
    "more than 1 MiB": [{ json: { content: "x".repeat(1024 * 1024) } }, 413, "too_large"],
    "more than 1 MiB, compressed": [
      {
        body: Uint8Array.from(gzipSync(JSON.stringify({ content: "x".repeat(20_000_000) }))),
        headers: { ...json, "Content-Encoding": "gzip" },
      },
      413,
      "too_large",
    ],
  };

  for (const [what, [call, status, code]] of Object.entries(bodies)) {
    it(`is answered with ${status}: ${what}`, async () => {
      expectProblem(await ada("POST", "/v1/prompts", call), status, code);
    });
  }

  it("leaves nothing behind", async () => {
    expect((await ada("GET", "/v1/prompts")).body.items).toEqual([]);
  });

  it("is not read at all from a stranger: the missing credential is what is said", async () => {
    expectProblem(
      await library.stranger("POST", "/v1/prompts", { body: "{", headers: json }),
      401,
      "unauthenticated",
    );
  });

  it("may be compressed, have a byte order mark, and name its charset", async () => {
    const body = Uint8Array.from(gzipSync('\uFEFF{"name":"compressed","content":"Grüße"}'));
    const headers = { "Content-Type": "application/json; charset=UTF-8", "Content-Encoding": "gzip" };
    expect((await ada("POST", "/v1/prompts", { body, headers })).body.content).toBe("Grüße");
  });
});

describe("input that is not valid", () => {
  it("is named field by field", async () => {
    const reply = await ada("POST", "/v1/prompts", { json: { content: 7, tags: "a", name: "Not A Name" } });
    expectProblem(reply, 400, "invalid_input");
    const paths = reply.body.details.issues.map((issue: { path: string }) => issue.path);
    expect(paths.sort()).toEqual(["content", "name", "tags"]);
    const missing = await ada("POST", "/v1/search", { json: { qurey: "tea" } });
    expect(missing.body.detail).toBe("The input is not valid. query: It is missing");
  });

  it("is a number that is none, a choice that is none, a parameter given twice, and a bad cursor", async () => {
    for (const query of [
      "limit=ten",
      "limit=1.5",
      "limit=0",
      "limit=100000",
      "limit=",
      "include_content=yes",
      "sort=size",
      "query=a&query=b",
      "cursor=AAAA",
      "cursor=",
    ]) {
      const reply = await ada("GET", `/v1/prompts?${query}`);
      expect(reply.status, query).toBe(400);
      expectProblem(reply, 400, "invalid_input");
    }
    expectProblem(await ada("GET", "/v1/prompts/any/versions/two"), 400, "invalid_input");
  });

  it("is a cursor of another tenant", async () => {
    const bob = await library.newcomer("cursor-bob");
    for (const name of ["one", "two"]) await bob("POST", "/v1/prompts", { json: { name, content: name } });
    const { next_cursor } = (await bob("GET", "/v1/prompts?limit=1")).body;
    expectProblem(await ada("GET", `/v1/prompts?cursor=${next_cursor}`), 400, "invalid_input");
  });

  it("is an address with broken percent-encoding", async () => {
    expectProblem(await ada("GET", "/v1/prompts/%E0%A4%A"), 400, "invalid_input");
  });

  it("is content of 300 KiB: 413, with the limit", async () => {
    const reply = await ada("POST", "/v1/prompts", {
      json: { name: "huge", content: "x".repeat(300 * 1024) },
    });
    expectProblem(reply, 413, "too_large");
    expect(reply.body.details).toEqual({ bytes: 300 * 1024, limit: 256 * 1024 });
    expectProblem(await ada("GET", "/v1/prompts/huge"), 404, "not_found");
  });

  it("may have keys that JavaScript objects answer to: they change nothing", async () => {
    const body = '{"__proto__":{"role":"admin","content":"x"},"constructor":{"prototype":{"content":"x"}}}';
    expectProblem(await ada("POST", "/v1/prompts", { body, headers: json }), 400, "invalid_input");
    expectProblem(await ada("GET", "/v1/search?__proto__=x&constructor=y"), 400, "invalid_input");
    expect({}).not.toHaveProperty("content");
  });
});

describe("what is not there", () => {
  it("is the same for another tenant's prompt and for none, whatever is asked of it", async () => {
    const bob = await library.newcomer("hidden-bob");
    const theirs = (await bob("POST", "/v1/prompts", { json: { name: "bobs/secret", content: "x" } })).body;
    const requests: [string, string, RestCall?][] = [
      ["GET", ""],
      ["GET", "/versions"],
      ["GET", "/versions/1"],
      ["PATCH", "", { json: { content: "mine" } }],
      ["PUT", "", { json: { content: "mine" }, headers: { "If-Match": '"v1"' } }],
      ["POST", "/archive"],
      ["POST", "/restore"],
    ];
    for (const [method, suffix, call] of requests) {
      const none = await ada(method, `/v1/prompts/nobodys/secret${suffix}`, call);
      expectProblem(none, 404, "not_found");
      for (const reference of ["bobs/secret", theirs.id]) {
        const hidden = await ada(method, `/v1/prompts/${reference}${suffix}`, call);
        expect({ ...hidden.body, request_id: "" }).toEqual({ ...none.body, request_id: "" });
      }
    }
  });

  it("is an unknown path: 404 that says where the paths are listed", async () => {
    for (const path of [
      "/v1",
      "/v1/nothing",
      "/v1/whoami/more",
      "/auth/nothing",
      "/prompts",
      "/docs/index.html",
    ]) {
      const reply = await ada("GET", path);
      expectProblem(reply, 404, "not_found");
      expect(reply.body.detail).toContain("/openapi.json");
    }
  });

  it("is a method that a path does not take: 405 with those it does", async () => {
    for (const [method, path, allow] of [
      ["POST", "/v1/prompts/a/b", "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"],
      ["PATCH", "/v1/prompts/a/b/versions", "GET, HEAD, OPTIONS"],
      ["GET", "/v1/prompts/a%2Fb/archive", "OPTIONS, POST"],
      ["PUT", "/v1/search", "GET, HEAD, OPTIONS, POST"],
      ["GET", "/v1/auth/login", "OPTIONS, POST"],
      ["GET", "/prompts/create", "OPTIONS, POST, PUT"],
    ] as const) {
      const reply = await ada(method, path);
      expectProblem(reply, 405, "invalid_input");
      expect(reply.headers.get("Allow"), path).toBe(allow);
    }
    const options = await ada("OPTIONS", "/v1/prompts");
    expect([options.status, options.headers.get("Allow")]).toEqual([204, "GET, HEAD, OPTIONS, POST"]);
  });
});

describe("a request id", () => {
  it("is the caller's own when it is a valid one, and ours otherwise", async () => {
    const own = await ada("GET", "/v1/whoami", { headers: { "X-Request-Id": "script-7.run_2" } });
    expect(own.headers.get("X-Request-Id")).toBe("script-7.run_2");
    for (const bad of ["has space", "x".repeat(101), "<b>"]) {
      const reply = await ada("GET", "/v1/nothing", { headers: { "X-Request-Id": bad } });
      expect(reply.headers.get("X-Request-Id")).toMatch(/^[0-9a-f-]{36}$/);
      expect(reply.body.request_id).toBe(reply.headers.get("X-Request-Id"));
    }
  });
});

describe("a field that a call does not have", () => {
  it("is ignored, and named in a header", async () => {
    const ignored = async (method: string, path: string, call?: RestCall) => {
      const { status, headers } = await ada(method, path, call);
      return [status, headers.get("PromptForge-Ignored")];
    };
    const slip = { name: "slips/tag", content: "x", tag: ["y"], "naïve\n": 1 };
    expect(await ignored("POST", "/v1/prompts", { json: slip })).toEqual([201, "tag, na%C3%AFve%0A"]);
    expect(await ignored("GET", "/v1/prompts/slips/tag?lable=production")).toEqual([200, "lable"]);
    expect(await ignored("GET", "/v1/prompts/slips/tag?version=1")).toEqual([200, null]);
    expect(await ignored("POST", "/v1/prompts", { json: { contents: "x" } })).toEqual([400, "contents"]);
    const many = Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`${n}`.repeat(500), n]));
    const [, named] = await ignored("POST", "/v1/prompts", { json: { ...many, content: "x" } });
    expect(String(named).length).toBeLessThan(1000);
  });
});
