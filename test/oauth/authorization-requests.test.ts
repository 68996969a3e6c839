import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { oauthScript, REDIRECT } from "../support/oauth-script.ts";
import { type ServedLibrary, serveLibrary } from "../support/rest.ts";

let library: ServedLibrary;
let script: ReturnType<typeof oauthScript>;
beforeAll(async () => {
  library = await serveLibrary();
  script = oauthScript(library);
  await library.found("ada");
});
afterAll(() => library.close());

describe("an authorization request is refused", () => {
  it("with a redirect address that is not registered to the letter, without going there", async () => {
    const { body } = await script.register({ redirect_uris: ["https://app.example/callback"] });
    for (const redirect of [
      "https://app.example/callback/",
      "https://app.example/callback?x=1",
      "https://app.example/",
      "https://evil.example/callback",
      "https://app.example.evil.example/callback",
      "http://app.example/callback",
    ]) {
      const { away, html, status } = await script.opened(
        script.authorization(body.client_id, { redirect_uri: redirect }),
      );
      expect([away, status], redirect).toEqual([undefined, 400]);
      expect(html).toContain("invalid_redirect_uri");
    }
  });

  it("not for another port of a loopback address, which an app cannot know beforehand", async () => {
    const { body } = await script.register();
    const other = await script.opened(
      script.authorization(body.client_id, { redirect_uri: REDIRECT.replace("4711", "5000") }),
    );
    expect(other.html).toContain("Password");
    for (const redirect of [
      "http://127.0.0.1:4711/other",
      "http://localhost:4711/callback",
      "http://10.0.0.1:4711/callback",
    ]) {
      expect(
        (await script.opened(script.authorization(body.client_id, { redirect_uri: redirect }))).html,
      ).toContain("invalid_redirect_uri");
    }
  });

  it.each([
    ["without PKCE", { code_challenge: undefined, code_challenge_method: undefined }, "invalid_request"],
    ["with PKCE's plain method", { code_challenge_method: "plain" }, "invalid_request"],
    ["for no resource", { resource: undefined }, "invalid_target"],
    ["for a resource elsewhere", { resource: "https://elsewhere.example/mcp" }, "invalid_target"],
    ["for a path that is no resource", { resource: "http://127.0.0.1/admin" }, "invalid_target"],
    [
      "for a token in the address (the implicit flow)",
      { response_type: "token" },
      "unsupported_response_type",
    ],
  ])("%s", async (_case, other, error) => {
    const { body } = await script.register();
    const { away } = await script.opened(script.authorization(body.client_id, other));
    const answer = away?.searchParams.get("error") ?? new URLSearchParams(away?.hash.slice(1)).get("error");
    expect(answer).toBe(error);
    expect(away?.searchParams.has("code")).toBe(false);
  });

  it("on our page where it would lead to a site that anybody may have registered, and nobody has said yes to anything", async () => {
    const redirect = "https://evil.example/callback";
    const { body } = await script.register({ redirect_uris: [redirect, "ms-settings:x"] });
    for (const wrong of [
      { resource: undefined },
      { code_challenge: undefined, code_challenge_method: undefined },
      { prompt: "none" },
      { response_type: "token" },
      { response_mode: "fragment", prompt: "none" },
      { response_mode: "form_post", prompt: "none" },
      { request: "x" },
      { redirect_uri: "ms-settings:x", prompt: "none" },
    ]) {
      const request = script.authorization(body.client_id, { redirect_uri: redirect, ...wrong });
      const { away, html, headers } = await script.opened(request);
      expect(away, JSON.stringify(wrong)).toBeUndefined();
      expect(html).toContain("Go back to the app and start again.");
      expect(html).not.toContain("evil");
      expect(headers.get("Content-Security-Policy")).toContain("default-src 'none'");
    }
  });

  it("of a client that nobody knows", async () => {
    expect(await script.opened(script.authorization("unknown"))).toMatchObject({
      away: undefined,
      status: 400,
      html: expect.stringContaining("invalid_client"),
    });
  });
});

it("a request that names no scope is one for everyday use", async () => {
  const { access_token } = await script.tokens({ scope: undefined });
  expect(decodeJwt(access_token)).toMatchObject({ scope: "prompts:read prompts:write" });
});
