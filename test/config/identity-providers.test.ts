import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/config.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "promptforge-providers-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const LEAST = {
  name: "acme",
  issuer: "https://id.acme.example",
  tenants: ["t-1"],
  access_tokens: { audiences: ["https://prompts.example.com/mcp"] },
};

async function load(content: unknown, environment: Record<string, string> = {}) {
  const file = join(folder, "providers.json");
  await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
  return loadConfig({ PROMPTFORGE_IDENTITY_PROVIDERS: file, ...environment }).identityProviders;
}

const withOne = (change: Record<string, unknown>) => ({ providers: [{ ...LEAST, ...change }] });

describe("the file of identity providers", () => {
  it("is not needed", () => {
    expect(loadConfig({}).identityProviders).toEqual([]);
  });

  it("needs a name, an issuer, tenants and a use, and lets nobody in by itself", async () => {
    expect(await load({ providers: [LEAST] })).toEqual([
      {
        name: "acme",
        title: "acme",
        issuer: "https://id.acme.example",
        tenants: ["t-1"],
        accessTokens: {
          audiences: ["https://prompts.example.com/mcp"],
          algorithms: ["RS256", "PS256", "ES256", "EdDSA"],
          types: ["at+jwt", "JWT"],
          scopes: "required",
        },
        signIn: undefined,
        subjectClaim: "sub",
        usernameClaim: "preferred_username",
        tenant: undefined,
        role: undefined,
        justInTime: false,
        linkByUsername: false,
      },
    ]);
  });

  it("names the variable that holds a secret, which is never repeated", async () => {
    const content = withOne({ sign_in: { client_id: "promptforge", client_secret_env: "ACME_SECRET" } });
    const [provider] = await load(content, { ACME_SECRET: "canary" });
    expect(provider?.signIn).toEqual({
      clientId: "promptforge",
      clientSecret: "canary",
      scopes: ["openid", "profile", "email"],
    });
    await expect(load(content)).rejects.toThrow("ACME_SECRET is needed: the secret of acme");
  });

  it.each<[string, unknown, string]>([
    ["is no JSON", "{", "is not JSON"],
    ["has no list", [], "expected object"],
    ["has a word too many", withOne({ tennants: ["t-2"] }), 'providers[0]: Unrecognized key: "tennants"'],
    ["has no tenants", withOne({ tenants: [] }), "providers[0].tenants"],
    ["has a name that is no word", withOne({ name: "Acme Inc" }), "providers[0].name: must be lower-case"],
    [
      "has an issuer with a query",
      withOne({ issuer: "https://a.example/?b" }),
      "providers[0].issuer: must hold no",
    ],
    [
      "has a provider without a use",
      withOne({ access_tokens: undefined }),
      "must have access_tokens, sign_in or both",
    ],
    [
      "allows a shared secret to sign",
      withOne({ access_tokens: { audiences: ["a"], algorithms: ["HS256"] } }),
      "providers[0].access_tokens.algorithms[0]",
    ],
    [
      "allows no signature",
      withOne({ access_tokens: { audiences: ["a"], algorithms: ["none"] } }),
      "providers[0].access_tokens.algorithms[0]",
    ],
    [
      "allows any audience",
      withOne({ access_tokens: { audiences: [] } }),
      "providers[0].access_tokens.audiences",
    ],
    [
      "maps a claim to a tenant that is not the provider's",
      withOne({ tenant: { claim: "org", values: { a: "t-2" } } }),
      "providers[0].tenant.values: must lead to ids that are among",
    ],
    [
      "lets people join one of several tenants",
      withOne({ tenants: ["t-1", "t-2"], just_in_time: true }),
      "providers[0].just_in_time: needs tenant",
    ],
    [
      "gives a role that is none",
      withOne({ role: { claim: "g", values: { a: "owner" } } }),
      "providers[0].role.values.a",
    ],
    [
      "names an issuer twice",
      { providers: [LEAST, { ...LEAST, name: "b" }] },
      "must each have another issuer",
    ],
    [
      "names a provider twice",
      { providers: [LEAST, { ...LEAST, issuer: "https://b.example" }] },
      "must each have another name",
    ],
    [
      "asks for a sign-in without openid",
      withOne({ sign_in: { client_id: "a", scopes: ["email"] } }),
      "must include openid",
    ],
  ])("is refused, with the place, when it %s", async (_what, content, problem) => {
    await expect(load(content)).rejects.toMatchObject({
      code: "invalid_input",
      message: expect.stringContaining(problem),
    });
  });

  it("is refused when it is not there", () => {
    const file = join(folder, "none.json");
    expect(() => loadConfig({ PROMPTFORGE_IDENTITY_PROVIDERS: file })).toThrow(
      `the file ${file} cannot be read`,
    );
  });
});

describe("the examples in docs/identity-providers.md", () => {
  it("are accepted, each and together", async () => {
    const page = await readFile(join(import.meta.dirname, "../../docs/identity-providers.md"), "utf8");
    const blocks = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, json = ""]) => JSON.parse(json));
    const [whole, ...single] = blocks;
    expect(single.map(({ name }) => name)).toEqual(["keycloak", "entra", "auth0", "google"]);
    const secrets = {
      ACME_SECRET: "a",
      KEYCLOAK_SECRET: "b",
      ENTRA_SECRET: "c",
      AUTH0_SECRET: "d",
      GOOGLE_SECRET: "e",
    };
    expect(await load({ providers: [...whole.providers, ...single] }, secrets)).toHaveLength(5);
  });
});
