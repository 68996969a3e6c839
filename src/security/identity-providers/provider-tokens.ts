import { decodeJwt, errors, jwtVerify } from "jose";
import { z } from "zod";
import { AppError } from "../../domain/errors.ts";
import {
  type AccessTokenRules,
  type ProvenToken,
  type TokenType,
  textClaim,
} from "../../domain/identity-provider.ts";
import type { ProviderTokens } from "../../domain/ports/security.ts";
import { SCOPES, type Scope } from "../../domain/roles.ts";
import { expired, invalid } from "../token-refusals.ts";
import type { Issuer } from "./issuer.ts";

/** Room for a token with a few hundred groups; Node takes 16 KiB of headers. */
const MAX_TOKEN_LENGTH = 12 * 1024;
const CLOCK_SKEW_SECONDS = 30;
/** Whatever it says of itself, a token that is older than this is refused. */
const MAX_AGE_SECONDS = 24 * 60 * 60;

/** A header that brings a key, says where to fetch one, or wants rules of its own is refused, though nothing here would follow it. */
const FORBIDDEN_HEADERS = ["jwk", "jku", "x5u", "x5c", "crit", "b64", "zip", "enc"];

/** Claims of tokens that are none for access: ID tokens, and notes of signing out. */
const FOREIGN_CLAIMS = ["nonce", "at_hash", "c_hash", "s_hash", "events"];
/** What Keycloak says in a claim of that name. */
const FOREIGN_KINDS = new Set(["ID", "Refresh", "Offline", "Logout"]);

const headerSchema = z
  .looseObject({ kid: z.string().min(1).max(500), typ: z.string().optional() })
  .refine((header) => FORBIDDEN_HEADERS.every((name) => !Object.hasOwn(header, name)));

const claimsSchema = z
  .looseObject({
    iat: z.number(),
    typ: z.unknown().optional(),
    scope: z.string().optional(),
    scp: z.union([z.string(), z.array(z.string())]).optional(),
    permissions: z.array(z.string()).optional(),
  })
  .refine((claims) => FOREIGN_CLAIMS.every((name) => !Object.hasOwn(claims, name)))
  .refine(({ typ }) => typeof typ !== "string" || !FOREIGN_KINDS.has(typ));

/** Access tokens of identity providers, checked by the list of RFC 8725. */
export function createProviderTokens(issuers: readonly Issuer[], now: () => Date): ProviderTokens {
  const accepting = new Map(
    issuers
      .filter(({ provider }) => provider.accessTokens !== undefined)
      .map((issuer) => [issuer.provider.issuer, issuer]),
  );

  async function checked(token: string, issuer: Issuer, rules: AccessTokenRules): Promise<ProvenToken> {
    const { provider } = issuer;
    const { payload } = await jwtVerify(
      token,
      (header, input) => {
        const { typ } = headerSchema.parse(header);
        if (!rules.types.some((type) => type === typeOf(typ))) throw new errors.JWTInvalid("another type");
        return issuer.keyFor(header, input);
      },
      {
        issuer: provider.issuer,
        audience: [...rules.audiences],
        algorithms: [...rules.algorithms],
        requiredClaims: ["exp", "iat", "sub", "aud"],
        clockTolerance: CLOCK_SKEW_SECONDS,
        maxTokenAge: MAX_AGE_SECONDS,
        currentDate: now(),
      },
    );
    const claims = claimsSchema.parse(payload);
    const subject = textClaim(payload, provider.subjectClaim);
    if (subject === undefined) throw new errors.JWTInvalid("no subject");
    return {
      provider,
      subject,
      claims: payload,
      issuedAt: new Date(claims.iat * 1000),
      scopes: scopesOf(claims, rules),
    };
  }

  return {
    // Reading a token takes longer than all else that a call with one of ours is asked.
    recognises: (token) => accepting.size > 0 && accepting.has(issuerOf(token)),
    async verify(token) {
      const issuer = accepting.get(issuerOf(token));
      const rules = issuer?.provider.accessTokens;
      if (issuer === undefined || rules === undefined || token.length > MAX_TOKEN_LENGTH) throw invalid();
      try {
        return await checked(token, issuer, rules);
      } catch (error) {
        if (error instanceof AppError) throw error;
        // The library's words and the claims stay here: they tell a forger what to try next.
        throw error instanceof errors.JWTExpired ? expired() : invalid();
      }
    },
  };
}

/** As the token has it, which proves nothing: it says by whose keys to check it. Empty where it says nothing. */
function issuerOf(token: string): string {
  try {
    return decodeJwt(token).iss ?? "";
  } catch {
    return "";
  }
}

/** Media types may leave out their `application/`, and case does not count [RFC 7515, 4.1.9]. */
function typeOf(typ: string | undefined): TokenType | undefined {
  if (typ === undefined) return "absent";
  const type = typ.toLowerCase().replace(/^application\//, "");
  if (type === "at+jwt") return "at+jwt";
  return type === "jwt" ? "JWT" : undefined;
}

/** From `scope` [RFC 9068], `scp` (Entra, Okta) and `permissions` (Auth0). */
function scopesOf(
  { scope = "", scp = [], permissions = [] }: z.infer<typeof claimsSchema>,
  rules: AccessTokenRules,
): readonly Scope[] {
  if (rules.scopes === "ignored") return SCOPES;
  const given = new Set([
    ...scope.split(" "),
    ...[scp].flat().flatMap((each) => each.split(" ")),
    ...permissions,
  ]);
  return SCOPES.filter((name) => given.has(name));
}
