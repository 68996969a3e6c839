import { ROLES, type Role, type Scope } from "./roles.ts";

/** Where a claim stands: its name, or the names on the way to it, as in `["realm_access", "roles"]`. */
export type ClaimPath = string | readonly string[];

/** Values of a claim, and what each means here. */
export interface ClaimMapping<Meaning> {
  readonly claim: ClaimPath;
  readonly values: Readonly<Record<string, Meaning>>;
}

/** An OpenID Connect issuer that people of certain tenants sign in with; set by the operator. */
export interface IdentityProvider {
  /** Its name in addresses, logs and audits. */
  readonly name: string;
  /** Its name for people, as in "Sign in with …". */
  readonly title: string;
  readonly issuer: string;
  /** Ids of the tenants that it opens, and no others, whatever it claims. */
  readonly tenants: readonly string[];
  /** What its access tokens have to be like to be taken as credentials; `undefined`: none is. */
  readonly accessTokens: AccessTokenRules | undefined;
  /** What the sign-in page needs to send people there; `undefined`: it does not. */
  readonly signIn: SignInClient | undefined;
  /** Who somebody is, for ever; unique at the issuer. */
  readonly subjectClaim: ClaimPath;
  /** The name of somebody who joins. */
  readonly usernameClaim: ClaimPath;
  /** Which tenant is meant; without it, the one of its tenants that the person belongs to. */
  readonly tenant: ClaimMapping<string> | undefined;
  /** Which role somebody has; without it, the one that an admin gave them. */
  readonly role: (ClaimMapping<Role> & { readonly otherwise: Role | undefined }) | undefined;
  /** Whether who is not a member becomes one. */
  readonly justInTime: boolean;
  /** Whether somebody new to the issuer is taken for the member of the same username. */
  readonly linkByUsername: boolean;
}

export interface AccessTokenRules {
  readonly audiences: readonly string[];
  readonly algorithms: readonly string[];
  /** What the header may say that a token is; `absent`: that it may say nothing. */
  readonly types: readonly TokenType[];
  /** `ignored`: for issuers that do not know PromptForge's scopes; the role alone counts. */
  readonly scopes: "required" | "ignored";
}

export type TokenType = "at+jwt" | "JWT" | "absent";

export interface SignInClient {
  readonly clientId: string;
  /** `undefined`: a public client, which PKCE alone protects. */
  readonly clientSecret: string | undefined;
  readonly scopes: readonly string[];
}

/** What an issuer says of somebody, with its signature checked. */
export interface ProvenIdentity {
  readonly provider: IdentityProvider;
  readonly subject: string;
  readonly claims: Readonly<Record<string, unknown>>;
  /** When the issuer said so. */
  readonly issuedAt: Date;
}

/** The same from an access token, which may be narrowed to some scopes. */
export interface ProvenToken extends ProvenIdentity {
  readonly scopes: readonly Scope[];
}

/** The ids of the tenants that an identity may open: of those that its issuer is bound to, the ones that its claims name. */
export function tenantsOf({ provider, claims }: ProvenIdentity): readonly string[] {
  const { tenant, tenants } = provider;
  if (tenant === undefined) return tenants;
  const named = new Set(meanings(tenant, claims));
  return tenants.filter((id) => named.has(id));
}

/**
 * The role that an identity's claims give; of several the one that stands first in `ROLES`. `undefined` where the
 * provider maps no roles, `none` where it does and the claims give none.
 */
export function roleOf({ provider, claims }: ProvenIdentity): Role | "none" | undefined {
  if (provider.role === undefined) return undefined;
  const given = new Set(meanings(provider.role, claims));
  return ROLES.find((role) => given.has(role)) ?? provider.role.otherwise ?? "none";
}

/** A claim that is a text. */
export function textClaim(claims: ProvenIdentity["claims"], path: ClaimPath): string | undefined {
  const value = claimAt(claims, path);
  return typeof value === "string" && value !== "" ? value : undefined;
}

function meanings<Meaning>(
  { claim, values }: ClaimMapping<Meaning>,
  claims: ProvenIdentity["claims"],
): Meaning[] {
  return [claimAt(claims, claim)].flat().flatMap((value) => {
    const meaning = typeof value === "string" && Object.hasOwn(values, value) ? values[value] : undefined;
    return meaning === undefined ? [] : [meaning];
  });
}

function claimAt(claims: ProvenIdentity["claims"], path: ClaimPath): unknown {
  return [path].flat().reduce<unknown>((inside, name) => {
    const isObject = typeof inside === "object" && inside !== null && Object.hasOwn(inside, name);
    return isObject ? Reflect.get(inside, name) : undefined;
  }, claims);
}
