import { permissionsOf, type Role, type Scope } from "./roles.ts";

/** How long a client may act for a member before it has to ask again, in seconds, however often it renews its tokens. */
export const GRANT_SECONDS = 180 * 24 * 60 * 60;

/** Why a grant ended before its time. */
export type GrantEnd = "given_up" | "token_reused";

/** Those of some scopes that a member's role allows. */
export function allowedScopes(role: Role, scopes: readonly Scope[]): Scope[] {
  const allowed = permissionsOf(role);
  return scopes.filter((scope) => allowed.has(scope));
}
