import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PASSWORD } from "../support/library.ts";
import { type ServedLibrary, serveLibrary } from "../support/rest.ts";

const start = new Date("2030-01-01T00:00:00Z").getTime();
let clock = start;
let library: ServedLibrary;
let elsewhere: ServedLibrary;

beforeAll(async () => {
  library = await serveLibrary({ now: () => new Date(clock) });
  elsewhere = await serveLibrary({ now: () => new Date(clock) });
  for (const { found } of [library, elsewhere]) await found("ada");
});

afterAll(async () => {
  await library.close();
  await elsewhere.close();
});

async function tokenOf({ stranger }: ServedLibrary): Promise<string> {
  const reply = await stranger("POST", "/v1/auth/login", { json: { username: "Ada", password: PASSWORD } });
  expect(reply.headers.get("Cache-Control")).toBe("no-store");
  return reply.body.access_token;
}

function whoami(authorization?: string) {
  const headers = authorization === undefined ? {} : { Authorization: authorization };
  return library.stranger("GET", "/v1/whoami", { headers });
}

/** By which a client finds the authorization server. */
function howToComeIn(): string {
  const metadata = `${library.url}/.well-known/oauth-protected-resource/v1`;
  return `scope="prompts:read prompts:write", resource_metadata="${metadata}"`;
}

describe("a credential", () => {
  it("is asked for where it is missing", async () => {
    const reply = await whoami();
    expect([reply.status, reply.body.code]).toEqual([401, "unauthenticated"]);
    expect(reply.headers.get("WWW-Authenticate")).toBe(`Bearer realm="promptforge", ${howToComeIn()}`);
  });

  it("opens with its scheme in any case", async () => {
    const token = await tokenOf(library);
    for (const scheme of ["Bearer", "bearer", "BEARER"]) {
      expect((await whoami(`${scheme} ${token}`)).body.username).toBe("ada");
    }
  });

  it("is refused when it is tampered with, foreign, malformed or of another scheme", async () => {
    const token = await tokenOf(library);
    const [header = "", payload = "", signature = ""] = token.split(".");
    const claims = JSON.parse(Buffer.from(payload, "base64url").toString());
    const forged = Buffer.from(JSON.stringify({ ...claims, tenant_id: "another" })).toString("base64url");
    for (const authorization of [
      `Bearer ${header}.${forged}.${signature}`,
      `Bearer ${header}.${payload}.${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`,
      `Bearer ${await tokenOf(elsewhere)}`,
      `Bearer pf_${"x".repeat(43)}`,
      "Bearer",
      "Bearer two parts",
      `Basic ${Buffer.from(`ada:${PASSWORD}`).toString("base64")}`,
      token,
    ]) {
      const reply = await whoami(authorization);
      expect([reply.status, reply.body.code], authorization).toEqual([401, "unauthenticated"]);
      expect(reply.headers.get("WWW-Authenticate")).toBe(
        `Bearer realm="promptforge", error="invalid_token", ${howToComeIn()}`,
      );
    }
  });

  it("is refused once it has expired", async () => {
    const token = await tokenOf(library);
    clock = start + 3600_000;
    const reply = await whoami(`Bearer ${token}`);
    clock = start;
    expect([reply.status, reply.body.code]).toEqual([401, "unauthenticated"]);
  });

  it("is refused in an address, on every path", async () => {
    const token = await tokenOf(library);
    for (const path of [
      "/v1/whoami?access_token=",
      "/v1/prompts?limit=1&token=",
      "/users/me?access_token=",
    ]) {
      const reply = await library.stranger("GET", `${path}${token}`);
      expect([reply.status, reply.body.code]).toEqual([400, "invalid_input"]);
      expect(reply.text).not.toContain(token);
    }
    const login = await library.stranger("POST", "/v1/auth/login?token=x", { json: {} });
    expect(login.status).toBe(400);
  });
});

describe("signing in", () => {
  it("gives the same answer for an unknown user and a wrong password", async () => {
    const attempt = (username: string) =>
      library.stranger("POST", "/v1/auth/login", { json: { username, password: "not the password" } });
    const [wrong, unknown] = [await attempt("ada"), await attempt("nobody")];
    expect(wrong.status).toBe(401);
    expect({ ...wrong.body, request_id: "" }).toEqual({ ...unknown.body, request_id: "" });
  });
});
