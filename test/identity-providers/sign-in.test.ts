import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Browser } from "../support/browser.ts";
import { PASSWORD } from "../support/library.ts";
import type { Person } from "../support/oauth-clients.ts";
import { oauthScript } from "../support/oauth-script.ts";
import { followed } from "./followed.ts";
import { type OutsideIssuer, startIssuer } from "./issuer.ts";
import { openWorld, SECRET, type World } from "./world.ts";

let issuer: OutsideIssuer;
let world: World;
let script: ReturnType<typeof oauthScript>;

beforeAll(async () => {
  issuer = await startIssuer();
});
afterAll(() => issuer.close());
beforeEach(() => open({ just_in_time: true }));
afterEach(() => world.close());

async function open(settings: Record<string, unknown>): Promise<void> {
  world = await openWorld(issuer, {
    tenants: ["ann"],
    access_tokens: undefined,
    sign_in: {
      client_id: "promptforge",
      client_secret_env: "ACME_SECRET",
      scopes: ["openid", "profile", "groups"],
    },
    ...settings,
  });
  await issuer.world({
    clients: [
      {
        client_id: "promptforge",
        client_secret: SECRET,
        redirect_uris: [`${world.url}/sign-in/from/acme`],
      },
    ],
    people: { "ada-7": { preferred_username: "ada" }, "ash-1": { preferred_username: "ash" } },
  });
  script = oauthScript(world);
}

/** Opens an authorization request and the link to the provider; gives where the provider is asked. */
async function sentToProvider(browser: Browser, request: URL): Promise<URL> {
  await browser.open(request);
  const [, href = ""] =
    /<a class="button" href="([^"]*)">Sign in with Acme<\/a>/.exec(browser.page.html) ?? [];
  const asked = await browser.open(new URL(href, world.url));
  if (asked === undefined) throw new Error(browser.page.html);
  return asked;
}

const callback = () => `${world.url}/sign-in/from/acme`;

/** Whoever signs in at the provider, and allows what the client asks for. */
function throughProvider(browser = new Browser(world.url)): Person {
  return async (request) => {
    const asked = await sentToProvider(browser, request);
    await browser.open(await followed(asked, callback()));
    const done = await browser.press("Allow");
    if (done === undefined) throw new Error(browser.page.html);
    return done;
  };
}

const AS_ADA = { login_hint: "ada-7" };

/** The page on which somebody ends who comes back from the provider with another address than it gave. */
async function comingBack(change: (back: URL, asked: URL) => URL | Promise<URL>) {
  const browser = new Browser(world.url);
  const asked = await sentToProvider(browser, script.authorization(await script.client(), AS_ADA));
  const away = await browser.open(await change(await followed(asked, callback()), asked));
  return { away, page: browser.page };
}

function withParameter(url: URL, name: string, value: string): URL {
  const changed = new URL(url);
  changed.searchParams.set(name, value);
  return changed;
}

describe("signing in with an identity provider", () => {
  it("lets somebody new in, who consents as after a password, and gives the client tokens", async () => {
    const code = await script.code(AS_ADA, throughProvider());
    const { body } = await script.redeem(code);
    expect((await script.whoami(body.access_token, "/v1/whoami")).status).toBe(401);
    const { body: tokens } = await script.redeem(
      await script.code({ ...AS_ADA, resource: `${world.url}/v1` }, throughProvider()),
    );
    expect((await script.whoami(tokens.access_token)).body).toMatchObject({
      username: "ada",
      role: "viewer",
      tenant_id: world.tenantIds.ann,
      credential: "access_token",
    });
    expect(await script.mcpStatus(body.access_token)).toBe(200);
  });

  it("asks the provider with PKCE, a state and a nonce, each new, and tells the browser none of what they are held against", async () => {
    const request = script.authorization(await script.client(), AS_ADA);
    const [one, other] = [
      (await sentToProvider(new Browser(world.url), request)).searchParams,
      (await sentToProvider(new Browser(world.url), request)).searchParams,
    ];
    expect(Object.fromEntries(one)).toMatchObject({
      client_id: "promptforge",
      redirect_uri: callback(),
      response_type: "code",
      scope: "openid profile groups",
      code_challenge_method: "S256",
      login_hint: "ada-7",
    });
    for (const name of ["state", "nonce", "code_challenge"]) {
      expect(one.get(name)?.length).toBeGreaterThan(42);
      expect(one.get(name)).not.toBe(other.get(name));
    }
  });

  it.each<[string, (back: URL, asked: URL) => URL | Promise<URL>]>([
    ["another state", (back) => withParameter(back, "state", `${back.searchParams.get("state")}x`)],
    ["another code", (back) => withParameter(back, "code", "another")],
    ["no code", (back) => withParameter(back, "code", "")],
    ["the name of another issuer", (back) => withParameter(back, "iss", "https://eve.example")],
    [
      "the code of a request with another nonce",
      (_back, asked) => followed(withParameter(asked, "nonce", "another"), callback()),
    ],
    [
      "the code of a request with another challenge",
      (_back, asked) => followed(withParameter(asked, "code_challenge", "x".repeat(43)), callback()),
    ],
  ])("is refused when the browser comes back with %s", async (_what, change) => {
    const { away, page } = await comingBack(change);
    expect(away).toBeUndefined();
    expect(page.status).toBe(401);
    expect(page.html).toContain("could not be checked");
    expect(page.html).toContain("Password");
  });

  it("counts each answer once", async () => {
    const browser = new Browser(world.url);
    const asked = await sentToProvider(browser, script.authorization(await script.client(), AS_ADA));
    const back = await followed(asked, callback());
    await browser.open(withParameter(back, "code", "another"));
    expect(browser.page.status).toBe(401);
    await browser.open(back);
    expect(browser.page.status).toBe(401);
  });

  it("is over in a browser that did not begin it", async () => {
    const browser = new Browser(world.url);
    const asked = await sentToProvider(browser, script.authorization(await script.client(), AS_ADA));
    const victim = new Browser(world.url);
    await victim.open(await followed(asked, callback()));
    expect(victim.page.status).toBe(404);
    expect(victim.page.html).toContain("begun in another browser");
    for (const search of ["", "?state=", "?state=../..", "?state=a/b.c"]) {
      await victim.open(`${callback()}${search}`);
      expect(victim.page.status).toBe(400);
    }
  });

  it("says so when somebody does not sign in there", async () => {
    const { page } = await comingBack((back) => {
      const refused = withParameter(back, "error", "access_denied");
      refused.searchParams.delete("code");
      return refused;
    });
    expect(page.html).toContain("You did not sign in at Acme.");
  });

  it("does not know other providers", async () => {
    const browser = new Browser(world.url);
    const asked = await sentToProvider(browser, script.authorization(await script.client(), AS_ADA));
    const [uid] = (asked.searchParams.get("state") ?? "").split(".");
    await browser.open(`${world.url}/sign-in/${uid}/with/other`);
    expect(browser.page.status).toBe(404);
    await browser.open((await followed(asked, callback())).href.replace("/from/acme", "/from/other"));
    expect(browser.page.status).toBe(404);
  });

  it("says that the provider does not answer when it is down", async () => {
    const browser = new Browser(world.url);
    await issuer.down();
    await expect(
      sentToProvider(browser, script.authorization(await script.client(), AS_ADA)),
    ).rejects.toThrow("does not answer");
    expect(browser.page.status).toBe(503);
    expect(browser.page.html).toContain("Password");
    await issuer.up();
  });
});

describe("whom a provider lets in", () => {
  it("are members, where joining is off", async () => {
    await world.close();
    await open({ link_by_username: true });
    const { page } = await comingBack((back) => back);
    expect(page.status).toBe(403);
    expect(page.html).toContain("opens no tenant here");
    const { body } = await script.redeem(
      await script.code({ login_hint: "ash-1", resource: `${world.url}/v1` }, throughProvider()),
    );
    expect((await script.whoami(body.access_token)).body.username).toBe("ash");
  });

  it("are not those who were removed", async () => {
    await script.code(AS_ADA, throughProvider());
    const ada = await world.app.storage.directory.read((store) => store.findUserByName("ada"));
    await world.app.storage.tenant(world.tenantIds.ann).write((store) => store.members.remove(ada!.id));
    const { page } = await comingBack((back) => back);
    expect(page.status).toBe(403);
  });
});

describe("the tenants of whoever has signed in with a provider", () => {
  it("are the provider's, now and later in the same browser, whatever others they belong to", async () => {
    const browser = new Browser(world.url);
    await script.code(AS_ADA, throughProvider(browser));
    const ada = await world.app.storage.directory.read((store) => store.findUserByName("ada"));
    await world.app.storage.tenant(world.tenantIds.ben).write((store) => store.members.add(ada!.id, "admin"));
    // The browser is still signed in: there is no tenant to choose, and another one that is named is refused.
    await browser.open(script.authorization(await script.client()));
    expect(browser.page.html).toContain("the tenant <strong>ann</strong>");
    expect(browser.page.html).not.toContain("Choose another tenant");
    expect(await browser.press("Allow", { tenant: world.tenantIds.ben })).toBeUndefined();
    expect(browser.page.status).toBe(403);
  });

  it("are all of theirs after a password", async () => {
    const ben = await world.app.storage.directory.read((store) => store.findUserByName("ben"));
    await world.app.storage
      .tenant(world.tenantIds.ann)
      .write((store) => store.members.add(ben!.id, "viewer"));
    const browser = new Browser(world.url);
    await browser.open(script.authorization(await script.client()));
    await browser.press("Sign in", { username: "ben", password: PASSWORD });
    expect(browser.page.html).toContain("Choose a tenant");
  });

  it("are all of theirs for who signs in with a password afterwards, in the same browser", async () => {
    const ben = await world.app.storage.directory.read((store) => store.findUserByName("ben"));
    await world.app.storage
      .tenant(world.tenantIds.ann)
      .write((store) => store.members.add(ben!.id, "viewer"));
    const browser = new Browser(world.url);
    await script.code(AS_ADA, throughProvider(browser));
    await browser.open(script.authorization(await script.client()));
    await browser.press("Use another account");
    await browser.press("Sign in", { username: "ben", password: PASSWORD });
    expect(browser.page.html).toContain("Choose a tenant");
  });
});
