import { readFileSync } from "node:fs";
import { z } from "zod";
import type { IdentityProvider } from "../domain/identity-provider.ts";
import { ROLES } from "../domain/roles.ts";

/** Settings of identity providers outside; a part of the environment's schema. */
export const identityProviderSettings = {
  /** Path of a JSON file that names them: see docs/identity-providers.md. */
  PROMPTFORGE_IDENTITY_PROVIDERS: z.string().min(1).optional(),
};

/** Asymmetric ones alone: a secret that both sides know would let the server, or whoever has its settings, make tokens. */
const ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
] as const;

const text = z.string().min(1).max(500);
const claim = z.union([text, z.array(text).min(1).max(5)]);
const tenantId = z.string().min(1).max(100);

const accessTokens = z.strictObject({
  /** What `aud` has to name one of. */
  audiences: z.array(text).min(1),
  algorithms: z.array(z.enum(ALGORITHMS)).min(1).default(["RS256", "PS256", "ES256", "EdDSA"]),
  types: z
    .array(z.enum(["at+jwt", "JWT", "absent"]))
    .min(1)
    .default(["at+jwt", "JWT"]),
  scopes: z.enum(["required", "ignored"]).default("required"),
});

const signIn = z.strictObject({
  client_id: text,
  /** The name of the environment variable that holds the secret. */
  client_secret_env: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "must be the name of an environment variable")
    .optional(),
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, "must be scopes, each a word"))
    .default(["openid", "profile", "email"])
    .refine((scopes) => scopes.includes("openid"), "must include openid"),
});

const providerSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,49}$/, "must be lower-case letters, digits and hyphens"),
    title: z.string().trim().min(1).max(100).optional(),
    issuer: z
      .url({ protocol: /^https?$/ })
      .refine((url) => !/[@?#]/.test(url), "must hold no user, password, query or fragment"),
    tenants: z.array(tenantId).min(1),
    access_tokens: accessTokens.optional(),
    sign_in: signIn.optional(),
    subject_claim: claim.default("sub"),
    username_claim: claim.default("preferred_username"),
    tenant: z.strictObject({ claim, values: z.record(text, tenantId) }).optional(),
    role: z
      .strictObject({ claim, values: z.record(text, z.enum(ROLES)), otherwise: z.enum(ROLES).optional() })
      .optional(),
    just_in_time: z.boolean().default(false),
    link_by_username: z.boolean().default(false),
  })
  .refine(
    (provider) => provider.access_tokens ?? provider.sign_in,
    "must have access_tokens, sign_in or both, or nobody can use it",
  )
  .refine(({ tenant, tenants }) => Object.values(tenant?.values ?? {}).every((id) => tenants.includes(id)), {
    path: ["tenant", "values"],
    error: "must lead to ids that are among the provider's tenants",
  })
  .refine(
    ({ just_in_time, tenant, tenants }) => !just_in_time || tenant !== undefined || tenants.length === 1,
    {
      path: ["just_in_time"],
      error: "needs tenant, by which it is known which of several tenants somebody joins",
    },
  );

const fileSchema = z.strictObject({
  providers: z
    .array(providerSchema)
    .max(50)
    .refine((providers) => areDistinct(providers.map(({ name }) => name)), "must each have another name")
    .refine(
      (providers) => areDistinct(providers.map(({ issuer }) => issuer)),
      "must each have another issuer",
    ),
});

interface Problems {
  readonly problems: readonly string[];
}

/** The identity providers in a file, with their secrets from the environment; or what is wrong with them. */
export function identityProviders(
  path: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): readonly IdentityProvider[] | Problems {
  if (path === undefined) return [];
  const content = contentOf(path);
  if ("problem" in content) return { problems: [`PROMPTFORGE_IDENTITY_PROVIDERS: ${content.problem}`] };
  const result = fileSchema.safeParse(content.json);
  if (!result.success) {
    return {
      problems: result.error.issues.map(({ path: at, message }) => `${path}: ${placeOf(at)}${message}`),
    };
  }
  const { providers } = result.data;
  const missing = providers.flatMap(({ name, sign_in }) => {
    const variable = sign_in?.client_secret_env;
    return variable === undefined || environment[variable]
      ? []
      : [`${variable} is needed: the secret of ${name}, by ${path}`];
  });
  if (missing.length > 0) return { problems: missing };
  return providers.map((provider) => configured(provider, environment));
}

function configured(
  given: z.infer<typeof providerSchema>,
  environment: Readonly<Record<string, string | undefined>>,
): IdentityProvider {
  const { name, title = name, issuer, tenants, access_tokens, sign_in, tenant, role } = given;
  return {
    name,
    title,
    issuer,
    tenants,
    accessTokens: access_tokens,
    signIn: sign_in && {
      clientId: sign_in.client_id,
      clientSecret: sign_in.client_secret_env && environment[sign_in.client_secret_env],
      scopes: sign_in.scopes,
    },
    subjectClaim: given.subject_claim,
    usernameClaim: given.username_claim,
    tenant,
    role: role && { ...role, otherwise: role.otherwise },
    justInTime: given.just_in_time,
    linkByUsername: given.link_by_username,
  };
}

function contentOf(path: string): { readonly json: unknown } | { readonly problem: string } {
  let content: string;
  try {
    content = readFileSync(path, "utf8");
  } catch {
    return { problem: `the file ${path} cannot be read` };
  }
  try {
    return { json: JSON.parse(content) };
  } catch {
    return { problem: `the file ${path} is not JSON` };
  }
}

/** `providers[0].tenants: ` of its path in the file. */
function placeOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return "";
  const place = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return `${place.replace(/^\./, "")}: `;
}

function areDistinct(texts: readonly string[]): boolean {
  return new Set(texts).size === texts.length;
}
