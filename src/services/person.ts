import { AppError } from "../domain/errors.ts";
import type { Caller } from "../domain/identity.ts";

/**
 * Throws `forbidden` for an API key: it is of one tenant and may leak, so that it does nothing to the person behind it,
 * whose memberships, password and account are theirs.
 */
export function requirePerson({ credential }: Pick<Caller, "credential">): void {
  if (credential === "access_token") return;
  throw new AppError(
    "forbidden",
    "An API key may not do this. Sign in (POST /v1/auth/login) and use the access token.",
    { credential },
  );
}
