import { AppError } from "../domain/errors.ts";
import {
  type ApiKey,
  type CallContext,
  type Caller,
  type CallingKey,
  type ConsentedScopes,
  localCall,
  type Member,
  type User,
} from "../domain/identity.ts";
import type { AccessTokens, KeySecrets, ProviderTokens, TokenAudience } from "../domain/ports/security.ts";
import type { DirectoryStore, Storage } from "../domain/ports/storage.ts";
import { type Permission, permissionsOf } from "../domain/roles.ts";
import type { InvitationService } from "./invitations.ts";
import { isCurrent, type PasswordCheck, requireCurrent } from "./password-check.ts";
import type { ProviderMemberService } from "./provider-members.ts";
import type { SessionService, SignedIn } from "./sessions.ts";

export interface Credentials {
  readonly username: string;
  readonly password: string;
  /** One of several tenants. */
  readonly tenantId?: string | undefined;
  /** Code of an invitation to accept: the session is in its tenant. */
  readonly invitation?: string | undefined;
  readonly withRefreshToken: boolean;
}

export type AuthenticationService = ReturnType<typeof createAuthenticationService>;

/** A key's last use is written at most this often, so that reads stay reads. */
const LAST_USED_RESOLUTION_MS = 60_000;

/** Who is calling: passwords, access tokens of ours and of identity providers, and API keys. */
export function createAuthenticationService(deps: {
  readonly storage: Storage;
  readonly checkPassword: PasswordCheck;
  readonly tokens: AccessTokens;
  readonly keySecrets: KeySecrets;
  readonly sessions: SessionService;
  readonly invitations: Pick<InvitationService, "admit">;
  readonly providerTokens: ProviderTokens;
  readonly providerMembers: Pick<ProviderMemberService, "membershipsOf">;
  readonly now: () => Date;
}) {
  const {
    storage,
    checkPassword,
    tokens,
    keySecrets,
    sessions,
    invitations,
    providerTokens,
    providerMembers,
    now,
  } = deps;

  return {
    /**
     * The caller behind a bearer credential, by what the database says now.
     * Throws `unauthenticated`; which part was wrong is not said, except that it has expired.
     */
    async authenticate(credential: string | undefined, audience?: TokenAudience): Promise<Caller> {
      if (credential === undefined || credential === "") {
        throw new AppError(
          "unauthenticated",
          "A credential is missing. Send 'Authorization: Bearer' with an access token or an API key.",
        );
      }
      if (keySecrets.recognises(credential)) return byKey(credential);
      if (providerTokens.recognises(credential)) return byProviderToken(credential);
      return byToken(credential, audience);
    },

    checkPassword,

    /** Throws `unauthenticated` where the password that somebody showed is theirs no longer. */
    requireCurrent: (user: User) => storage.directory.read((store) => requireCurrent(store, user)),

    /**
     * Begins a session for a username and a password, in the tenant of an invitation, the one that is named, or the one joined
     * first; joining by the invitation is a part of it. Throws as `checkPassword` and `admit`, and `forbidden` for who is not a
     * member there.
     */
    async signIn(credentials: Credentials, call: CallContext): Promise<SignedIn> {
      const { username, password, tenantId, invitation, withRefreshToken } = credentials;
      const user = await checkPassword(username, password, call.address);
      const prove = async (store: DirectoryStore) => {
        if (!(await isCurrent(store, user))) return undefined;
        return invitation === undefined
          ? membershipIn(store, user, tenantId)
          : invitations.admit(store, invitation, { userId: user.id, username: user.username }, call);
      };
      return sessions.open(prove, call, { withRefreshToken });
    },
  };

  async function membershipIn(
    store: DirectoryStore,
    { id }: User,
    tenantId: string | undefined,
  ): Promise<Member> {
    const memberships = await store.membershipsOf(id);
    const member = memberships.find(
      (membership) => membership.tenantId === (tenantId ?? membership.tenantId),
    );
    if (member === undefined) throw notMember(tenantId);
    return member;
  }

  async function byToken(token: string, audience?: TokenAudience): Promise<Caller> {
    const { tenantId, userId, sessionId, grant } = await tokens.verify(token, audience);
    const member = await storage.directory.read(async ({ sessions: open, oauth }) => {
      if (grant !== undefined) return oauth.findGrantor(grant.id);
      const found = await open.findMember({ id: sessionId, tenantId, userId });
      return found !== undefined && found.expiresAt > now() ? found.member : undefined;
    });
    if (member?.tenantId !== tenantId || member.userId !== userId) throw gone();
    return { ...callerOf(member, "access_token", { grant }), sessionId };
  }

  async function byProviderToken(token: string): Promise<Caller> {
    const identity = await providerTokens.verify(token);
    const call = localCall("sign_in_with_identity_provider");
    const { members, ceiling } = await providerMembers.membershipsOf(identity, call);
    const [member, ...others] = members;
    if (member === undefined || others.length > 0) throw ambiguous(members);
    return {
      ...callerOf(member, "provider_token"),
      permissions: permissionsOf(member.role, ceiling, identity.scopes),
    };
  }

  async function byKey(secret: string): Promise<Caller> {
    const secretHash = keySecrets.hash(secret);
    const found = await storage.directory.read((store) => store.findKey(secretHash));
    if (found === undefined || found.key.revokedAt !== undefined) throw gone();
    const at = now();
    const isRetiring = found.key.secretHash !== secretHash;
    if (isRetiring && (found.key.retiring === undefined || found.key.retiring.until <= at)) throw rotated();
    if (found.key.expiresAt !== undefined && found.key.expiresAt <= at) {
      throw new AppError(
        "unauthenticated",
        "The API key has expired. Make a new one with `promptforge token create`.",
      );
    }
    await noteUse(found.member.tenantId, found.key, at);
    return callerOf(found.member, "api_key", { key: { ...found.key, isRetiring } });
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

function callerOf(
  member: Member,
  credential: Caller["credential"],
  { key, grant }: { readonly key?: ApiKey & CallingKey; readonly grant?: ConsentedScopes | undefined } = {},
): Caller {
  const { userId, username, tenantId, tenantName, role, tenantEndsAt } = member;
  return {
    userId,
    username,
    tenantId,
    tenantName,
    role,
    tenantEndsAt,
    permissions: granted(permissionsOf(role, key?.ceiling, key?.scopes ?? grant?.scopes), key?.agent),
    credential,
    key: key && {
      id: key.id,
      ceiling: key.ceiling,
      agent: key.agent,
      expiresAt: key.expiresAt,
      isRetiring: key.isRetiring,
    },
    grant,
  };
}

/** Agents propose, people decide: an agent's key administers nothing, so that it lets nobody in who would decide for it. */
function granted(permissions: ReadonlySet<Permission>, isAgent = false): ReadonlySet<Permission> {
  if (!isAgent) return permissions;
  return new Set([...permissions].filter((permission) => permission !== "tenant:admin"));
}

function ambiguous(members: readonly Member[]): AppError {
  return new AppError(
    "forbidden",
    `Your token opens ${members.length} tenants and does not say which is meant. Ask the operator to map a claim to the tenant.`,
  );
}

function notMember(tenantId: string | undefined): AppError {
  return new AppError(
    "forbidden",
    tenantId === undefined
      ? "You are not a member of any tenant any more. Ask an admin to invite you."
      : "You are not a member of this tenant. Sign in without naming one, and ask an admin to invite you.",
  );
}

function rotated(): AppError {
  return new AppError(
    "unauthenticated",
    "This secret of the API key was replaced, and its time is over. Use the new one.",
  );
}

function gone(): AppError {
  return new AppError(
    "unauthenticated",
    "The credential is not valid. Sign in again, or use another API key.",
  );
}
