import { Validator } from "@seriousme/openapi-schema-validator";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { catalogue } from "../../src/operations/index.ts";
import type { Answer } from "../support/library.ts";
import { type ServedLibrary, serveLibrary } from "../support/rest.ts";

let library: ServedLibrary;
let document: Answer;

beforeAll(async () => {
  library = await serveLibrary({ environment: { PROMPTFORGE_PUBLIC_URL: "https://prompts.example/" } });
  document = (await library.stranger("GET", "/openapi.json")).body;
});

afterAll(async () => {
  await library.close();
});

describe("/openapi.json", () => {
  it("is valid OpenAPI 3.1, open to all", async () => {
    const result = await new Validator().validate(structuredClone(document));
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
    expect(document.openapi).toMatch(/^3\.1/);
  });

  it("has each REST route of each operation, with a unique operationId", () => {
    const ids = Object.values<Answer>(document.paths).flatMap((path) =>
      Object.values<Answer>(path).map((operation) => operation.operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
    for (const { name, rest, permission } of catalogue) {
      for (const { method, path } of rest) {
        const operation = document.paths[path]?.[method];
        expect(operation?.operationId, `${method} ${path}`).toMatch(new RegExp(`^${name}(_\\d)?$`));
        expect(operation.security).toEqual(permission === "public" ? [] : undefined);
      }
    }
  });

  it("says where each field goes: path, query or body", () => {
    const update = document.paths["/v1/prompts/{name}"].patch;
    const place = (parameter: Answer) => [parameter.name, parameter.in, parameter.required];
    expect(update.parameters.map(place)).toEqual([
      ["name", "path", true],
      ["If-Match", "header", false],
      ["Idempotency-Key", "header", false],
    ]);
    const body = update.requestBody.content["application/json"].schema;
    expect(Object.keys(body.properties)).toContain("expected_version");
    expect(Object.keys(body.properties)).not.toContain("name");
    const list = document.paths["/v1/prompts"].get;
    expect(list.parameters.map(place)).toContainEqual(["cursor", "query", false]);
    expect(list).not.toHaveProperty("requestBody");
    expect(document.paths["/v1/prompts/{name}/archive"].post).not.toHaveProperty("requestBody");
  });

  it("proposes a body that is taken as it is", async () => {
    const ada = await library.newcomer("ada");
    const { example } = document.paths["/v1/prompts"].post.requestBody.content["application/json"];
    expect((await ada("POST", "/v1/prompts", { json: example })).status).toBe(201);
  });

  it("names the errors that a route gives, as problem documents", () => {
    const { responses } = document.paths["/v1/prompts/{name}"].patch;
    expect(Object.keys(responses).sort()).toEqual(
      ["200", "400", "401", "403", "404", "409", "412", "413", "415", "422", "429", "default"].sort(),
    );
    const { $ref } = responses["412"];
    const response = document.components.responses[$ref.split("/").at(-1)];
    expect(response.content).toHaveProperty("application/problem+json");
  });

  it("names the public address first, and the place that it was read from", () => {
    expect(document.servers).toEqual([{ url: "https://prompts.example" }, { url: "/" }]);
  });

  it("has the original paths under a tag of their own", () => {
    expect(document.paths["/prompts/list"].get.tags).toEqual(["Original paths"]);
    expect(document.paths["/prompts/{id}"].put.operationId).toBe("original_update_prompt");
  });
});

describe("/docs", () => {
  it("is a page without inline scripts whose files all come from this server", async () => {
    const page = await library.stranger("GET", "/docs");
    expect(page.status).toBe(200);
    expect(page.headers.get("Content-Security-Policy")).toContain("script-src 'self'");
    expect(page.headers.get("Content-Security-Policy")).toContain("frame-ancestors 'none'");
    expect(page.text).not.toMatch(/<script(?![^>]*\bsrc=)/);
    const files = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file);
    expect(files).toHaveLength(5);
    for (const file of files) {
      expect(file).not.toMatch(/^(?:[a-z]+:)?\/\//);
      const { status, headers } = await library.stranger("GET", `/${file}`);
      expect(status, file).toBe(200);
      expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
    }
  });

  it("calls this server's document and no outside validator", async () => {
    const { text, headers } = await library.stranger("GET", "/docs/start.js");
    expect(headers.get("Content-Type")).toContain("javascript");
    expect(text).toContain('url: "openapi.json"');
    expect(text).toContain("validatorUrl: null");
  });

  it("serves nothing else of the package", async () => {
    for (const path of ["index.html", "swagger-initializer.js", "package.json", "..%2Fpackage.json"]) {
      expect((await library.stranger("GET", `/docs/${path}`)).status).toBe(404);
    }
  });

  it("is one address, with and without a slash at its end", async () => {
    const reply = await library.stranger("GET", "/docs/");
    expect([reply.status, reply.headers.get("Location")]).toEqual([308, "../docs"]);
  });
});

describe("the bare address", () => {
  it("leads a browser to the documentation", async () => {
    const { status, headers } = await library.stranger("GET", "/", {
      headers: { Accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" },
    });
    expect(status).toBe(302);
    expect(headers.get("Location")).toBe("docs");
    expect(headers.get("Vary")).toContain("Accept");
  });

  it.each(["*/*", "application/json"])("is nothing for a program that accepts %s", async (Accept) => {
    const { status, body } = await library.stranger("GET", "/", { headers: { Accept } });
    expect({ status, code: body.code }).toEqual({ status: 404, code: "not_found" });
  });
});
