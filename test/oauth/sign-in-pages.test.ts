import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Browser } from "../support/browser.ts";
import { PASSWORD } from "../support/library.ts";
import { oauthScript, REDIRECT } from "../support/oauth-script.ts";
import { type ServedLibrary, serveLibrary } from "../support/rest.ts";

let library: ServedLibrary;
let script: ReturnType<typeof oauthScript>;
beforeAll(async () => {
  library = await serveLibrary();
  script = oauthScript(library);
  for (const username of ["ada", "linus"]) await library.found(username);
  await library.join(await library.found("host"), "grace", "viewer");
});
afterAll(() => library.close());

/** A browser on the sign-in page of a client's authorization request. */
async function atSignIn(other: Record<string, string | undefined> = {}, clientId?: string): Promise<Browser> {
  const browser = new Browser(library.url);
  await browser.open(script.authorization(clientId ?? (await script.client()), other));
  return browser;
}

async function signedIn(username: string, other: Record<string, string | undefined> = {}): Promise<Browser> {
  const browser = await atSignIn(other);
  await browser.press("Sign in", { username, password: PASSWORD });
  return browser;
}

describe("the sign-in page", () => {
  it("says who asks, and signs nobody in with a wrong password or an unknown name, in the same words", async () => {
    const browser = await atSignIn();
    expect(browser.page.html).toContain("Script wants to use PromptForge for you.");
    await browser.press("Sign in", { username: "ada", password: "not the password" });
    const wrong = browser.page;
    expect(wrong.status).toBe(401);
    expect(wrong.html).toContain("The username or the password is wrong.");
    expect(wrong.html).toContain('value="ada"');
    await browser.press("Sign in", { username: "nobody", password: "not the password" });
    expect(browser.page.html.replace("nobody", "ada")).toBe(wrong.html);
    await browser.press("Sign in", { username: " ADA ", password: PASSWORD });
    expect(browser.page.html).toContain("Script asks for access");
  });

  it("makes somebody who guesses wait, together with those who guess at /v1/auth/login", async () => {
    const other = await serveLibrary();
    try {
      await other.found("ada");
      const browser = new Browser(other.url);
      const theirs = oauthScript(other);
      await browser.open(theirs.authorization(await theirs.client()));
      for (let attempt = 0; attempt < 50 && browser.page.status !== 429; attempt++) {
        await browser.press("Sign in", { username: "ada", password: "a guess" });
      }
      expect(browser.page.status).toBe(429);
      expect(Number(browser.page.headers.get("Retry-After"))).toBeGreaterThan(0);
      expect(browser.page.html).toContain("Too many");
      const json = { username: "ada", password: PASSWORD };
      expect((await other.stranger("POST", "/v1/auth/login", { json })).status).toBe(429);
    } finally {
      await other.close();
    }
  });

  it("tells somebody who is a member of no tenant so, before and after they signed in", async () => {
    const { caller } = await library.found("lone");
    const before = await signedIn("lone");
    expect(before.page.html).toContain("Signed in as lone.");
    await library.app.storage.tenant(caller.tenantId).write((store) => store.members.remove(caller.userId));
    await before.open(script.authorization(await script.client()));
    expect([before.page.status, before.page.html]).toEqual([
      403,
      expect.stringContaining("member of any tenant"),
    ]);
    const after = await signedIn("lone");
    expect([after.page.status, after.page.html]).toEqual([
      403,
      expect.stringContaining("member of any tenant"),
    ]);
  });

  it("leads back to the client when it is cancelled", async () => {
    const away = await (await atSignIn()).press("Cancel");
    expect(away?.origin).toBe(new URL(REDIRECT).origin);
    expect(Object.fromEntries(away?.searchParams ?? [])).toMatchObject({
      error: "access_denied",
      state: "a state",
    });
  });

  it("escapes what a client calls itself, and cuts it", async () => {
    const name = `<script>alert("x")</script>{{title}}${"x".repeat(200)}`;
    const { body } = await script.register({ client_name: name });
    const { html } = (await atSignIn({}, body.client_id)).page;
    expect(html).toContain("&lt;script&gt;alert[&quot;x&quot;]&lt;&#x2F;script&gt;{{title}}xx");
    expect(html).not.toContain("<script");
    expect(html).not.toContain("x".repeat(100));
  });

  it("shows a client's name on one line in its own order, and leaves parentheses to the site that answers for it", async () => {
    const name = "Clau\u0000de\n（claude.ai)\u202Eevil";
    const { body } = await script.register({ client_name: name });
    const browser = await atSignIn({}, body.client_id);
    expect(browser.page.html).toContain("Clau de [claude.ai] evil wants to use PromptForge for you.");
    await browser.press("Sign in", { username: "ada", password: PASSWORD });
    expect(browser.page.html).toContain("Clau de [claude.ai] evil asks for access");
  });
});

describe("a sign-in under way", () => {
  it("is refused where the password is changed between its check and the page that would follow", async () => {
    const { userId } = (await library.found("overtaken")).caller;
    const { authentication } = library.app.services;
    const { checkPassword } = authentication;
    const overtaking = vi.spyOn(authentication, "checkPassword").mockImplementationOnce(async (...typed) => {
      const user = await checkPassword(...typed);
      await library.app.storage.directory.write(async (store) => {
        await store.setPasswordHash(userId, "the hash of a new password");
        await store.oauth.endAllOf(userId);
      });
      return user;
    });
    const browser = await signedIn("overtaken");
    overtaking.mockRestore();
    expect([browser.page.status, browser.page.html]).toEqual([401, expect.stringContaining("was changed")]);
    // The same request goes on with somebody whose password is right.
    await browser.press("Sign in", { username: "ada", password: PASSWORD });
    expect(browser.page.html).toContain("Signed in as ada.");
  });

  it("ends with everything else when its person signs out everywhere, before the redirect is followed", async () => {
    const victim = await library.found("victim");
    const browser = await atSignIn();
    const { html, url } = browser.page;
    const formToken = / name="form_token" value="([^"]+)"/.exec(html)?.[1] ?? "";
    const parked = await fetch(url, {
      method: "POST",
      redirect: "manual",
      headers: {
        Origin: library.url,
        Cookie: browser.cookies.map(({ name, value }) => `${name}=${value}`).join("; "),
      },
      body: new URLSearchParams({ form_token: formToken, username: "victim", password: PASSWORD }),
    });
    expect(parked.status).toBe(303);
    await victim.call("sign_out_everywhere");
    await browser.open(new URL(parked.headers.get("Location") ?? "", library.url));
    expect(browser.page.status).toBeGreaterThanOrEqual(400);
    expect(browser.page.html).not.toContain("Script asks for access");
  });
});

describe("the choice of a tenant", () => {
  it("is asked of those with several, and binds the consent to the one that was chosen", async () => {
    const browser = await signedIn("grace");
    expect(browser.page.html).toContain("In which?");
    await browser.press("host (viewer)");
    expect(browser.page.html).toContain("<strong>host</strong>, where you are viewer");
  });

  it("does not take a tenant of others, neither for the page nor for the consent", async () => {
    const strangers = await library.found("stranger");
    const browser = await signedIn("grace");
    await browser.open(`${browser.page.url}?tenant=${strangers.caller.tenantId}`);
    expect(browser.page.html).toContain("In which?");
    await browser.press("host (viewer)");
    const away = await browser.press("Allow", { tenant: strangers.caller.tenantId });
    expect(away).toBeUndefined();
    expect([browser.page.status, browser.page.html]).toEqual([403, expect.stringContaining("not a member")]);
  });
});

describe("the consent page", () => {
  it("names client, tenant and scopes in plain words, and where the access goes", async () => {
    const { html } = (await signedIn("ada", { scope: "prompts:read tenant:admin" })).page;
    for (const words of [
      "Script asks for access",
      "<strong>ada</strong>, where you are admin",
      "read and search prompts",
      "administer the tenant",
      "a program on this computer",
      "Signed in as ada.",
    ]) {
      expect(html).toContain(words);
    }
  });

  it("leaves out what the role does not allow, whatever the form says", async () => {
    const browser = await signedIn("grace", { scope: "prompts:read prompts:write tenant:admin" });
    await browser.press("host (viewer)");
    expect(browser.page.html).toContain(
      "It also asked to: create, change and archive prompts, and see those it changes; administer the tenant",
    );
    const away = await browser.press("Allow", { scope: ["prompts:read", "prompts:write", "tenant:admin"] });
    const code = away?.searchParams.get("code") ?? "";
    const { body } = await script.redeem({
      clientId: await script.client(),
      code,
      callback: new URL(REDIRECT),
    });
    expect(body.scope).toBe("prompts:read");
  });

  it("has nothing to allow where the role allows none of it", async () => {
    const browser = await signedIn("grace", { scope: "tenant:admin" });
    await browser.press("host (viewer)");
    expect(browser.page.html).toContain("Your role does not allow that");
    const away = await browser.press("Go back to Script");
    expect(away?.searchParams.get("error")).toBe("access_denied");
  });

  it("gives no access when nothing is ticked, or when it is not allowed", async () => {
    const browser = await signedIn("ada");
    const consent = browser.page.url;
    expect(await browser.press("Allow", { scope: [] })).toBeUndefined();
    expect(browser.page.html).toContain("Nothing is left to allow");
    await browser.open(consent);
    const away = await browser.press("Do not allow");
    expect(away?.searchParams.get("error")).toBe("access_denied");
    expect(away?.searchParams.has("code")).toBe(false);
  });

  it("is shown again to a browser that is signed in, and lets another account in", async () => {
    const browser = await signedIn("ada");
    await browser.press("Allow");
    await browser.open(script.authorization(await script.client()));
    expect(browser.page.html).toContain("Signed in as ada.");
    await browser.press("Use another account");
    expect(browser.page.html).toContain("Password");
    await browser.press("Sign in", { username: "linus", password: PASSWORD });
    expect(browser.page.html).toContain("Signed in as linus.");
  });

  it("leaves a record in the tenant's audit", async () => {
    const browser = await signedIn("ada", { scope: "prompts:read" });
    await browser.press("Allow");
    const key = (await script.tokens({ scope: "tenant:admin", resource: `${library.url}/v1` })).access_token;
    const reply = await library.stranger("GET", "/v1/audit?operation=grant_client", {
      headers: { Authorization: `Bearer ${key}` },
    });
    expect(reply.body.items[1]).toMatchObject({
      operation: "grant_client",
      username: "ada",
      target: { kind: "client_grant", name: "Script" },
      details: { client_id: await script.client(), scopes: ["prompts:read"] },
    });
  });
});

describe("a form", () => {
  it("is refused without the token of its page, and from another site", async () => {
    const browser = await atSignIn();
    await browser.press("Sign in", { username: "ada", password: PASSWORD, form_token: "made up" });
    expect([browser.page.status, browser.page.html]).toEqual([
      403,
      expect.stringContaining("not sent by the page"),
    ]);
    const { url } = (await atSignIn()).page;
    const foreign = await fetch(url, { method: "POST", headers: { Origin: "https://evil.example" } });
    expect(foreign.status).toBe(403);
  });

  it("is of no use in another browser, or after it was answered", async () => {
    const mine = await signedIn("ada");
    const { url } = mine.page;
    await new Browser(library.url).open(url).catch(() => undefined);
    const theirs = new Browser(library.url);
    await theirs.open(url);
    expect([theirs.page.status, theirs.page.html]).toEqual([
      404,
      expect.stringContaining("This sign-in is over"),
    ]);
    await mine.press("Allow");
    await mine.open(url);
    expect(mine.page.status).toBe(404);
  });

  it("is refused when it is too large or of another kind", async () => {
    const { url } = (await atSignIn()).page;
    const large = await fetch(url, {
      method: "POST",
      body: new URLSearchParams({ username: "x".repeat(20_000) }),
    });
    expect(large.status).toBe(413);
    expect(await large.text()).not.toMatch(/node_modules/);
  });
});

describe("looking at pages", () => {
  it("is counted with what else strangers may ask, on a page that says so", async () => {
    const strict = await serveLibrary({ environment: { PROMPTFORGE_LIMIT_SIGN_IN: "5" } });
    try {
      const browser = new Browser(strict.url);
      const other = oauthScript(strict);
      await browser.open(other.authorization(await other.client()));
      const { url } = browser.page;
      const statuses: number[] = [];
      for (let n = 0; n < 5; n++) {
        await browser.open(url);
        statuses.push(browser.page.status);
      }
      // Before these: the registration, the request, and the page that it led to.
      expect(statuses).toEqual([200, 200, 429, 429, 429]);
      expect(browser.page.headers.get("Retry-After")).toMatch(/^\d+$/);
      expect(browser.page.html).toContain("Too many calls without a credential");
    } finally {
      await strict.close();
    }
  });
});

describe("every page", () => {
  it("runs nothing, fetches its own style only, and is not kept or framed", async () => {
    const { headers, html } = (await atSignIn()).page;
    expect(headers.get("Content-Security-Policy")).toBe(
      "default-src 'none'; style-src 'self'; form-action 'self' http://127.0.0.1:4711; base-uri 'none'; frame-ancestors 'none'",
    );
    expect(headers.get("Cache-Control")).toBe("no-store");
    expect(headers.get("Referrer-Policy")).toBe("same-origin");
    expect(html).not.toMatch(/<script| style=| on[a-z]+=/);
    expect((await fetch(`${library.url}/sign-in/style.css`)).headers.get("Content-Type")).toContain(
      "text/css",
    );
  });

  it("gets cookies that scripts and other sites do not, each for its own path", async () => {
    const response = await fetch(script.authorization(await script.client()), { redirect: "manual" });
    const cookies = response.headers.getSetCookie();
    expect(cookies.length).toBeGreaterThan(0);
    for (const cookie of cookies) expect(cookie).toMatch(/; path=\/\S+; .*samesite=lax; httponly$/i);
  });
});
