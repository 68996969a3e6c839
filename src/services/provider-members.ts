import { createHash, randomUUID } from "node:crypto";
import { AppError } from "../domain/errors.ts";
import { type CallContext, type Member, newUsernameSchema } from "../domain/identity.ts";
import { type ProvenIdentity, roleOf, tenantsOf, textClaim } from "../domain/identity-provider.ts";
import type { LinkedIdentity } from "../domain/ports/identities.ts";
import type { DirectoryStore, Storage } from "../domain/ports/storage.ts";
import type { Role } from "../domain/roles.ts";
import { audit } from "./audit.ts";
import { endAdminUnlessLast } from "./members.ts";
import type { QuotaService } from "./quotas.ts";

/** What a proven identity opens here. */
export interface ProviderMembership {
  readonly userId: string;
  /** Of the tenants that the issuer is bound to and its claims name, those that the person belongs to: at least one. */
  readonly members: readonly Member[];
  /** The role that the claims give, above which nothing is allowed on their strength; `undefined`: they give none. */
  readonly ceiling: Role | undefined;
}

export type ProviderMemberService = ReturnType<typeof createProviderMemberService>;

/** Who joins without a mapping of roles. */
const LEAST_ROLE: Role = "viewer";

/**
 * Who somebody from an identity provider is here. An issuer opens the tenants that it is bound to and no others: what it
 * claims chooses among them. Where it maps roles it is their source, so that a member's role follows the newest that it said.
 */
export function createProviderMemberService({
  storage,
  quotas,
}: {
  readonly storage: Storage;
  readonly quotas: Pick<QuotaService, "requireWithin">;
}) {
  return {
    /**
     * The memberships of a proven identity, after what its provider's settings want done: linking it, joining, changing the
     * role. Throws `forbidden`, in the same words whether the person, the tenant or the binding is missing, and
     * `quota_exceeded` where a tenant has no room for one who would join.
     */
    async membershipsOf(identity: ProvenIdentity, call: CallContext): Promise<ProviderMembership> {
      const role = roleOf(identity);
      if (role === "none") throw withoutRole(identity);
      const settled = await storage.directory.read(async (store) => {
        const state = await stateOf(store, identity);
        return state !== undefined && isSettled(state, identity, role) ? state : undefined;
      });
      const { linked, members } =
        settled ??
        (await storage.directory.write((store) => settle({ store, quotas, call }, identity, role)));
      if (members.length === 0) throw opensNothing(identity);
      return { userId: linked.userId, members, ceiling: role };
    },
  };
}

/** What a settlement is done with, in one transaction. */
interface Settling {
  readonly store: DirectoryStore;
  readonly quotas: Pick<QuotaService, "requireWithin">;
  readonly call: CallContext;
}

interface State {
  readonly linked: LinkedIdentity;
  readonly members: readonly Member[];
  /** Tenants that the person would join. */
  readonly joinable: readonly string[];
}

async function stateOf(store: DirectoryStore, identity: ProvenIdentity): Promise<State | undefined> {
  const { provider, subject } = identity;
  const linked = await store.identities.find(provider.issuer, subject);
  if (linked === undefined) return undefined;
  const members: Member[] = [];
  const joinable: string[] = [];
  for (const tenantId of tenantsOf(identity)) {
    const member = await store.findMember(tenantId, linked.userId);
    if (member !== undefined) members.push(member);
    else if (await isJoinable(store, identity, tenantId, linked.userId)) joinable.push(tenantId);
  }
  return { linked, members, joinable };
}

/** Whoever left or was removed comes back by an invitation, and not because the issuer still knows them. */
async function isJoinable(
  store: DirectoryStore,
  { provider }: ProvenIdentity,
  tenantId: string,
  userId: string,
): Promise<boolean> {
  if (!provider.justInTime || !(await store.hasTenant(tenantId))) return false;
  return !(await store.tenant(tenantId).members.hasDeparted(userId));
}

function isSettled(
  { linked, joinable }: State,
  { issuedAt }: ProvenIdentity,
  role: Role | undefined,
): boolean {
  return joinable.length === 0 && (role === undefined || issuedAt <= linked.heardAt);
}

async function settle(settling: Settling, identity: ProvenIdentity, role: Role | undefined): Promise<State> {
  const { store, call } = settling;
  const { provider, issuedAt, subject } = identity;
  if ((await store.identities.find(provider.issuer, subject)) === undefined) {
    const known = await namesake(store, identity);
    const userId = known?.userId ?? (await newUser(store, identity, call));
    await store.identities.insert({ issuer: provider.issuer, subject, userId, heardAt: issuedAt });
    for (const tenantId of known?.tenantIds ?? []) {
      const details = { identity_provider: provider.name, linked: true };
      await audit(
        store.tenant(tenantId),
        { userId, call },
        { target: { kind: "member", id: userId }, details },
      );
    }
  }
  const state = await stateOf(store, identity);
  if (state === undefined) throw opensNothing(identity);
  const { linked, members, joinable } = state;
  const settled: Member[] = [];
  for (const member of members) {
    // Of an older token the role counts for its own call alone: it may say what was true before a demotion.
    settled.push(await withRole(settling, identity, member, issuedAt < linked.heardAt ? undefined : role));
  }
  for (const tenantId of joinable) {
    const member = await joined(settling, identity, { tenantId, userId: linked.userId }, role ?? LEAST_ROLE);
    if (member !== undefined) settled.push(member);
  }
  if (issuedAt > linked.heardAt) await store.identities.setHeardAt(provider.issuer, subject, issuedAt);
  return { linked, members: settled, joinable: [] };
}

/**
 * The member whose username the issuer claims, where its settings trust it with that. Only somebody who belongs to its own tenants
 * alone, so that it gains nothing that it does not have; and who is nobody else there, since names are given anew.
 */
async function namesake(
  store: DirectoryStore,
  identity: ProvenIdentity,
): Promise<{ readonly userId: string; readonly tenantIds: readonly string[] } | undefined> {
  const { provider, claims } = identity;
  const username = usernameOf(identity);
  const isUnproven = provider.usernameClaim === "email" && claims["email_verified"] !== true;
  if (!provider.linkByUsername || username === undefined || isUnproven) return undefined;
  const user = await store.findUserByName(username);
  if (user === undefined || (await store.identities.isLinked(provider.issuer, user.id))) return undefined;
  const tenantIds = (await store.membershipsOf(user.id)).map(({ tenantId }) => tenantId);
  const areItsOwn = tenantIds.length > 0 && tenantIds.every((id) => provider.tenants.includes(id));
  return areItsOwn ? { userId: user.id, tenantIds } : undefined;
}

/** Somebody who is new here. Throws `forbidden` unless there is a tenant to join. */
async function newUser(
  store: DirectoryStore,
  identity: ProvenIdentity,
  { at }: CallContext,
): Promise<string> {
  const id = randomUUID();
  const joinable = tenantsOf(identity).map((tenantId) => isJoinable(store, identity, tenantId, id));
  if (!(await Promise.all(joinable)).includes(true)) throw opensNothing(identity);
  const username = await freeUsername(store, identity);
  await store.insertUser({ id, username, passwordHash: undefined, createdAt: at });
  return id;
}

async function joined(
  { store, quotas, call }: Settling,
  { provider }: ProvenIdentity,
  { tenantId, userId }: { readonly tenantId: string; readonly userId: string },
  role: Role,
): Promise<Member | undefined> {
  await store.insertMember(tenantId, userId, role);
  await quotas.requireWithin(store.tenant(tenantId), ["members"]);
  await audit(
    store.tenant(tenantId),
    { userId, call },
    { target: { kind: "member", id: userId }, details: { role, identity_provider: provider.name } },
  );
  return store.findMember(tenantId, userId);
}

/** The member with the role that is claimed. A tenant keeps its last admin: theirs is then a limit for the call alone. */
async function withRole(
  { store, call }: Settling,
  { provider }: ProvenIdentity,
  member: Member,
  role: Role | undefined,
): Promise<Member> {
  const { tenantId, userId, role: before } = member;
  const tenant = store.tenant(tenantId);
  if (role === undefined || role === before) return member;
  if (before === "admin" && !(await endAdminUnlessLast(tenant, { call }, member))) return member;
  await tenant.members.setRole(userId, role);
  await audit(
    tenant,
    { userId, call },
    {
      target: { kind: "member", id: userId },
      details: { role, before, identity_provider: provider.name },
    },
  );
  return { ...member, role };
}

function usernameOf({ provider, claims }: ProvenIdentity): string | undefined {
  return newUsernameSchema.safeParse(textClaim(claims, provider.usernameClaim)).data;
}

/** As claimed; where that is no username, or somebody has it already, with letters that belong to the identity alone. */
async function freeUsername(store: DirectoryStore, identity: ProvenIdentity): Promise<string> {
  const { provider, subject } = identity;
  const claimed = usernameOf(identity);
  if (claimed !== undefined && (await store.findUserByName(claimed)) === undefined) return claimed;
  const mark = createHash("sha256").update(`${provider.issuer} ${subject}`).digest("hex").slice(0, 12);
  return `${(claimed ?? provider.name).slice(0, 80)}-${mark}`;
}

function opensNothing({ provider }: ProvenIdentity): AppError {
  return new AppError(
    "forbidden",
    `Your account at ${provider.title} opens no tenant here. Ask an admin of the tenant to invite you, or the operator to let the provider open it.`,
    { identity_provider: provider.name },
  );
}

function withoutRole({ provider }: ProvenIdentity): AppError {
  return new AppError(
    "forbidden",
    `Your account at ${provider.title} has no role here. Ask who looks after it to put you into a group that has one.`,
    { identity_provider: provider.name },
  );
}
