import { hash } from "node:crypto";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { LRUCache } from "lru-cache";
import type { AccessClaims } from "../domain/identity.ts";
import type { AccessTokens, TokenAudience } from "../domain/ports/security.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** Only tokens that we signed are ever remembered: nobody else can fill it. */
const MOST = 5_000;

interface Proven {
  readonly claims: AccessClaims;
  readonly kid: string;
  /** In seconds, as the token has them. */
  readonly issuedAt: number;
  readonly expiresAt: number;
}

/**
 * Tokens that remember those they have proven, for the same audience: verifying a signature takes longer than all else that
 * a call is asked. What can end a token is asked each time: the clock, and whether its key is still ours. Whether its
 * person may still call is not a token's to say.
 */
export function rememberingProven(
  tokens: AccessTokens,
  {
    keys,
    now,
    onLookUp,
  }: {
    readonly keys: Pick<SigningKeys, "find">;
    readonly now: () => Date;
    readonly onLookUp?: ((hit: boolean) => void) | undefined;
  },
): AccessTokens {
  const proven = new LRUCache<string, Proven>({ max: MOST });

  async function isStillGood({ kid, issuedAt, expiresAt }: Proven): Promise<boolean> {
    const seconds = Math.floor(now().getTime() / 1000);
    return issuedAt <= seconds && seconds < expiresAt && (await keys.find(kid)) !== undefined;
  }

  return {
    ...tokens,
    async verify(token, audience) {
      const place = placeOf(token, audience);
      const known = proven.get(place);
      const hit = known !== undefined && (await isStillGood(known));
      onLookUp?.(hit);
      if (hit) return known.claims;
      proven.delete(place);
      const claims = await tokens.verify(token, audience);
      const { kid } = decodeProtectedHeader(token);
      const { iat: issuedAt, exp: expiresAt } = decodeJwt(token);
      if (kid !== undefined && issuedAt !== undefined && expiresAt !== undefined) {
        proven.set(place, { claims, kid, issuedAt, expiresAt });
      }
      return claims;
    },
  };
}

/** The token itself is not kept in memory. */
function placeOf(token: string, audience: TokenAudience | undefined): string {
  // Addresses have no spaces, and a token that was proven has none.
  return hash("sha256", `${audience?.issuer} ${audience?.identifier} ${token}`, "base64");
}
