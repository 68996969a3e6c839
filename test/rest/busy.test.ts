import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PASSWORD } from "../support/library.ts";
import { type ServedLibrary, serveLibrary } from "../support/rest.ts";

let library: ServedLibrary;
beforeAll(async () => {
  // The tests are the proxy: each request says which address it comes from.
  library = await serveLibrary({ environment: { PROMPTFORGE_TRUSTED_PROXIES: "loopback" } });
  await library.found("ada");
});
afterAll(() => library.close());

function signIn(address: string, username: string, password: string) {
  return library.stranger("POST", "/v1/auth/login", {
    json: { username, password },
    headers: { "X-Forwarded-For": address },
  });
}

describe("more sign-ins at once than can be checked", () => {
  it("from one address keep nobody else from signing in meanwhile", async () => {
    const flood = Array.from({ length: 50 }, (_, n) => signIn("192.0.2.1", `nobody${n}`, "wrong horse"));
    expect((await signIn("192.0.2.2", "ada", PASSWORD)).status).toBe(200);
    const replies = await Promise.all(flood);
    const refused = replies.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(replies.filter(({ status }) => status === 401)).toHaveLength(replies.length - refused.length);
  });

  it("from many addresses are told when to come again, known names and unknown alike, and one that does is let in", async () => {
    const attempts = Array.from({ length: 200 }, (_, n) =>
      signIn(`198.51.100.${n}`, n % 2 === 0 ? "ada" : `nobody${n}`, "wrong horse"),
    );
    const replies = await Promise.all(attempts);
    const refused = replies.filter(({ status }) => status === 503);
    expect(refused.length).toBeGreaterThan(0);
    expect(replies.filter(({ status }) => status === 401)).toHaveLength(replies.length - refused.length);
    for (const { body, headers } of refused) {
      expect(body).toMatchObject({ code: "unavailable" });
      expect(Number(headers.get("Retry-After"))).toBeGreaterThan(0);
    }
    expect((await signIn("192.0.2.3", "ada", PASSWORD)).status).toBe(200);
  });
});
