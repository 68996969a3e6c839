import { randomUUID } from "node:crypto";
import { type CryptoKey, errors, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import type { AccessTokens } from "../domain/ports/security.ts";
import { SCOPES, type Scope } from "../domain/roles.ts";
import { decodeBase64url } from "./base64url.ts";
import { SIGNING_ALGORITHM, type SigningKeys } from "./signing-keys.ts";
import { MAX_TOKEN_SECONDS } from "./token-lifetime.ts";
import { expired, invalid } from "./token-refusals.ts";

/** RFC 9068: tells an access token from any other JWT that the same keys may sign. */
const TOKEN_TYPE = "at+jwt";
const MAX_TOKEN_LENGTH = 4096;

/** Exactly what our tokens have: a header that brings a key (jwk, x5c) or says where to fetch one (jku, x5u) is refused. */
const headerSchema = z.strictObject({
  alg: z.literal(SIGNING_ALGORITHM),
  typ: z.literal(TOKEN_TYPE),
  kid: z.string(),
});

const claimsSchema = z
  .object({
    iss: z.string(),
    aud: z.string(),
    sub: z.string().min(1),
    tenant_id: z.string().min(1),
    iat: z.int(),
    exp: z.int(),
    /** Of tokens that a sign-in gave. */
    sid: z.string().min(1).optional(),
    /** With the scope, of tokens that our authorization server made. */
    grant_id: z.string().min(1).optional(),
    scope: z.string().optional(),
  })
  .refine(({ iat, exp }) => exp - iat <= MAX_TOKEN_SECONDS);

export interface AccessTokenOptions {
  readonly keys: SigningKeys;
  readonly issuer: string;
  readonly audience: string;
  /** 1 to 900: a token cannot be taken back, so it lives 15 minutes at most. */
  readonly lifetimeSeconds: number;
  readonly now?: () => Date;
}

/**
 * Access tokens as signed JWTs (RFC 9068), verified by the list of RFC 8725. `verify` fails with `unauthenticated`
 * only, and says no more than whether the token is too old or not valid.
 */
export function createAccessTokens(options: AccessTokenOptions): AccessTokens {
  const { keys, issuer, audience, lifetimeSeconds, now = () => new Date() } = options;
  if (!Number.isInteger(lifetimeSeconds) || lifetimeSeconds < 1 || lifetimeSeconds > MAX_TOKEN_SECONDS) {
    throw new RangeError(`The lifetime of an access token is 1 to ${MAX_TOKEN_SECONDS} whole seconds`);
  }

  /** The key that a token names, among ours: nothing is looked up anywhere but in the key file. */
  const keyFor = async (header: unknown): Promise<CryptoKey> => {
    const key = await keys.find(headerSchema.parse(header).kid);
    if (key === undefined) throw new errors.JWKSNoMatchingKey();
    return key;
  };

  return {
    lifetimeSeconds,
    async issue({ userId, tenantId, sessionId, role }) {
      const { kid, privateKey } = await keys.signer();
      const issuedAt = Math.floor(now().getTime() / 1000);
      const token = await new SignJWT({ tenant_id: tenantId, sid: sessionId, role })
        .setProtectedHeader({ alg: SIGNING_ALGORITHM, kid, typ: TOKEN_TYPE })
        .setSubject(userId)
        .setIssuer(issuer)
        .setAudience(audience)
        .setIssuedAt(issuedAt)
        .setExpirationTime(issuedAt + lifetimeSeconds)
        .setJti(randomUUID())
        .sign(privateKey);
      return { token, lifetimeSeconds };
    },

    async verify(token, at) {
      if (!isCanonical(token)) throw invalid();
      try {
        const { payload } = await jwtVerify(token, keyFor, {
          algorithms: [SIGNING_ALGORITHM],
          typ: TOKEN_TYPE,
          issuer: [issuer, ...(at === undefined ? [] : [at.issuer])],
          audience: [audience, ...(at === undefined ? [] : [at.identifier])],
          requiredClaims: ["exp", "iat", "iss", "aud", "sub", "tenant_id", "jti"],
          // Whoever signed it: no token of ours is older, or was made to live longer.
          maxTokenAge: MAX_TOKEN_SECONDS,
          currentDate: now(),
        });
        const { iss, aud, sub, tenant_id, sid, grant_id, scope } = claimsSchema.parse(payload);
        const who = { userId: sub, tenantId: tenant_id };
        // A token for one audience is none for another, even where both are ours.
        const isOwn = iss === issuer && aud === audience;
        const isClients = iss === at?.issuer && aud === at.identifier;
        if (isOwn && sid !== undefined) return { ...who, sessionId: sid };
        if (isClients && grant_id !== undefined) {
          return { ...who, grant: { id: grant_id, scopes: scopesIn(scope) } };
        }
        throw invalid();
      } catch (error) {
        // The library's words and the claims stay here: they tell a forger what to try next.
        throw error instanceof errors.JWTExpired ? expired() : invalid();
      }
    },

    jwks: async () => ({ keys: await keys.publicJwks() }),
  };
}

function scopesIn(scope = ""): Scope[] {
  const given = scope.split(" ");
  return SCOPES.filter((known) => given.includes(known));
}

/** Short enough, and each part spelled in the one way that we spell it. */
function isCanonical(token: string): boolean {
  return (
    token.length <= MAX_TOKEN_LENGTH && token.split(".").every((part) => decodeBase64url(part) !== undefined)
  );
}
