import { AppError } from "../domain/errors.ts";
import type { ApiKey, Caller, Member, User } from "../domain/identity.ts";
import type { AccessTokens, KeySecrets, PasswordHasher } from "../domain/ports/security.ts";
import type { Storage } from "../domain/ports/storage.ts";
import { permissionsOf } from "../domain/roles.ts";

export type AuthenticationService = ReturnType<typeof createAuthenticationService>;

/** A key's last use is written at most this often, so that reads stay reads. */
const LAST_USED_RESOLUTION_MS = 60_000;

/** Who is calling: passwords, access tokens and API keys. */
export function createAuthenticationService(deps: {
  readonly storage: Storage;
  readonly passwords: PasswordHasher;
  readonly tokens: AccessTokens;
  readonly keySecrets: KeySecrets;
  readonly now: () => Date;
}) {
  const { storage, passwords, tokens, keySecrets, now } = deps;

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

    /**
     * The person behind a username and a password. Throws `unauthenticated`, in the same words and after the same work for an
     * unknown user and a wrong password.
     */
    checkPassword,

    /** An access token for a username and a password. Throws as `checkPassword`. */
    async signIn(username: string, password: string) {
      const user = await checkPassword(username, password);
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

  async function checkPassword(username: string, password: string): Promise<User> {
    const user = await storage.directory.read((store) => store.findUserByName(username));
    const { matches, stale } = await passwords.verify(user?.passwordHash, password);
    if (!matches || user === undefined) {
      throw new AppError("unauthenticated", "The username or the password is wrong.");
    }
    if (stale) {
      const fresh = await passwords.hash(password);
      await storage.directory.write((store) => store.setPasswordHash(user.id, fresh));
    }
    return user;
  }

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
