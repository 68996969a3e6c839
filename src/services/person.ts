import { AppError } from "../domain/errors.ts";
import type { Caller } from "../domain/identity.ts";

/**
 * Throws `forbidden` for whoever has not signed in here: an API key, a client with a grant, an identity provider's token. Each
 * is of one tenant and may leak, so that it does nothing to the person behind it, whose memberships, password and account
 * are theirs, and ends no tenant.
 */
export function requirePerson(caller: Pick<Caller, "credential" | "grant">): void {
  if (isPerson(caller)) return;
  const { credential } = caller;
  throw new AppError(
    "forbidden",
    "Only somebody who has signed in may do this, not a key or an app. Sign in (POST /v1/auth/login) and use the access token.",
    { credential },
  );
}

/** Whether somebody has signed in here, rather than a key, an app or an identity provider's token acting for them in one tenant. */
export function isPerson({ credential, grant }: Pick<Caller, "credential" | "grant">): boolean {
  return credential === "access_token" && grant === undefined;
}
