import { AppError } from "../domain/errors.ts";
import type { ApiKey, Caller, Member } from "../domain/identity.ts";
import type { AccessTokens, KeySecrets } from "../domain/ports/security.ts";
import type { Storage } from "../domain/ports/storage.ts";
import { permissionsOf } from "../domain/roles.ts";
import type { PasswordCheck } from "./password-check.ts";

export type AuthenticationService = ReturnType<typeof createAuthenticationService>;

/** A key's last use is written at most this often, so that reads stay reads. */
const LAST_USED_RESOLUTION_MS = 60_000;

/** Who is calling: passwords, access tokens and API keys. */
export function createAuthenticationService(deps: {
  readonly storage: Storage;
  readonly checkPassword: PasswordCheck;
  readonly tokens: AccessTokens;
  readonly keySecrets: KeySecrets;
  readonly now: () => Date;
}) {
  const { storage, checkPassword, tokens, keySecrets, now } = deps;

  return {
    /**
     * The caller behind a bearer credential, by what the database says now.
     * Throws `unauthenticated`; which part was wrong is not said, except that it has expired.
     */
    async authenticate(credential: string | undefined): Promise<Caller> {
      if (credential === undefined || credential === "") {
        throw new AppError(
          "unauthenticated",
          "A credential is missing. Send 'Authorization: Bearer' with an access token or an API key.",
        );
      }
      return keySecrets.recognises(credential) ? byKey(credential) : byToken(credential);
    },

    checkPassword,

    /** An access token for a username and a password, which come from the address, if over the network. Throws as `checkPassword`. */
    async signIn(username: string, password: string, address?: string) {
      const user = await checkPassword(username, password, address);
      const [member] = await storage.directory.read((store) => store.membershipsOf(user.id));
      if (member === undefined) {
        throw new AppError(
          "forbidden",
          "You are not a member of any tenant any more. Ask an admin to invite you.",
        );
      }
      return {
        ...(await tokens.issue({ userId: user.id, tenantId: member.tenantId, role: member.role })),
        member,
      };
    },
  };

  async function byToken(token: string): Promise<Caller> {
    const claims = await tokens.verify(token);
    const member = await storage.directory.read((store) => store.findMember(claims.tenantId, claims.userId));
    if (member === undefined) throw gone();
    return callerOf(member, "access_token");
  }

  async function byKey(secret: string): Promise<Caller> {
    const found = await storage.directory.read((store) => store.findKey(keySecrets.hash(secret)));
    if (found === undefined || found.key.revokedAt !== undefined) throw gone();
    const at = now();
    if (found.key.expiresAt !== undefined && found.key.expiresAt <= at) {
      throw new AppError(
        "unauthenticated",
        "The API key has expired. Make a new one with `promptforge token create`.",
      );
    }
    await noteUse(found.member.tenantId, found.key, at);
    return callerOf(found.member, "api_key", found.key);
  }

  async function noteUse(tenantId: string, key: ApiKey, at: Date): Promise<void> {
    const age = at.getTime() - (key.lastUsedAt?.getTime() ?? 0);
    if (age < LAST_USED_RESOLUTION_MS) return;
    // A full disk must not keep anybody from reading: the note is worth less than the call.
    await storage
      .tenant(tenantId)
      .write((store) => store.keys.touch(key.id, at))
      .catch(() => undefined);
  }
}

function callerOf(member: Member, credential: Caller["credential"], key?: ApiKey): Caller {
  const { userId, username, tenantId, tenantName, role } = member;
  return {
    userId,
    username,
    tenantId,
    tenantName,
    role,
    permissions: permissionsOf(role, key?.ceiling),
    credential,
    key: key && { id: key.id, expiresAt: key.expiresAt },
  };
}

function gone(): AppError {
  return new AppError(
    "unauthenticated",
    "The credential is not valid. Sign in again, or use another API key.",
  );
}
