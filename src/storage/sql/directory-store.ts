import { and, asc, count, eq, inArray, lte, or, sql } from "drizzle-orm";
import type { User } from "../../domain/identity.ts";
import type { DirectoryStore, TenantStore } from "../../domain/ports/storage.ts";
import { apiKeyColumns, toApiKey } from "./api-key-store.ts";
import type { SqlConnection } from "./connection.ts";
import { identityStore } from "./identity-store.ts";
import { invitationQuery } from "./invitation-store.ts";
import { emailClaimStore, mailQueue, passwordResetStore } from "./mail-queue.ts";
import { memberColumns, memberQuery, optionalMember, toMember } from "./member-store.ts";
import { oauthStore } from "./oauth-store.ts";
import {
  apiKeys,
  emailClaims,
  invitations,
  mails,
  memberships,
  passwordResets,
  tenants,
  userIdentities,
  users,
} from "./schema.ts";
import { sessionStore } from "./session-store.ts";
import { webhookQueue } from "./webhook-queue.ts";

/** In place of a hash; no password has it. */
const NO_PASSWORD = "";

/** Prepares the statements of a connection once. */
export function directoryStore(
  connection: SqlConnection,
  tenantStore: (tenantId: string) => TenantStore,
): DirectoryStore {
  const { db } = connection;
  const member = memberQuery(db);
  const invitation = invitationQuery(connection);
  const userByName = db
    .select()
    .from(users)
    .where(eq(users.username, sql.placeholder("username")))
    .prepare();
  const keyWithOwner = db
    .select({ key: apiKeyColumns, member: memberColumns })
    .from(apiKeys)
    .innerJoin(
      memberships,
      and(eq(memberships.tenantId, apiKeys.tenantId), eq(memberships.userId, apiKeys.userId)),
    )
    .innerJoin(tenants, eq(tenants.id, apiKeys.tenantId))
    .innerJoin(users, eq(users.id, apiKeys.userId))
    .where(
      or(
        eq(apiKeys.secretHash, sql.placeholder("secretHash")),
        eq(apiKeys.retiringHash, sql.placeholder("secretHash")),
      ),
    )
    .prepare();

  return {
    tenant: tenantStore,
    identities: identityStore(connection),
    sessions: sessionStore(connection),
    oauth: oauthStore(connection),
    mails: mailQueue(connection),
    webhooks: webhookQueue(connection),
    passwordResets: passwordResetStore(connection),
    emailClaims: emailClaimStore(connection),
    async insertTenant(tenant) {
      await db.insert(tenants).values(tenant).run();
    },
    async insertUser(user) {
      await db
        .insert(users)
        .values({ ...user, passwordHash: user.passwordHash ?? NO_PASSWORD })
        .run();
    },
    async insertMember(tenantId, userId, role) {
      await tenantStore(tenantId).members.add(userId, role);
    },
    async findUserByName(username) {
      return toUser(await userByName.get({ username }));
    },
    async findUser(id) {
      return toUser(await db.select().from(users).where(eq(users.id, id)).get());
    },
    async findUserByEmail(email) {
      return toUser(await db.select().from(users).where(eq(users.email, email)).get());
    },
    async setPasswordHash(userId, passwordHash, instead) {
      const unchanged = instead === undefined ? undefined : eq(users.passwordHash, instead);
      await db
        .update(users)
        .set({ passwordHash })
        .where(and(eq(users.id, userId), unchanged))
        .run();
    },
    async setEmail(userId, email) {
      await db.update(users).set({ email }).where(eq(users.id, userId)).run();
    },
    async membershipsOf(userId) {
      return (
        await db
          .select(memberColumns)
          .from(memberships)
          .innerJoin(tenants, eq(tenants.id, memberships.tenantId))
          .innerJoin(users, eq(users.id, memberships.userId))
          .where(eq(memberships.userId, userId))
          // Two of one millisecond: in the order in which they were written.
          .orderBy(asc(memberships.createdAt), sql`${memberships}.rowid`)
          .all()
      ).map(toMember);
    },
    async findMember(tenantId, userId) {
      return optionalMember(await member.get({ tenantId, userId }));
    },
    async findInvitation(secretHash) {
      return invitation(secretHash);
    },
    async setTenantEnd(tenantId, endsAt) {
      await db
        .update(tenants)
        .set({ endsAt: endsAt ?? null })
        .where(eq(tenants.id, tenantId))
        .run();
    },
    async tenantsEndedBy(at) {
      return (await db.select({ id: tenants.id }).from(tenants).where(lte(tenants.endsAt, at)).all()).map(
        ({ id }) => id,
      );
    },
    async removeTenant(tenantId) {
      await db.delete(tenants).where(eq(tenants.id, tenantId)).run();
    },
    async forgetUser(userId, username) {
      const known = await db.select().from(users).where(eq(users.id, userId)).get();
      const names = [userId, known?.username, known?.email].filter((name) => name != null);
      await db.delete(mails).where(inArray(mails.about, names)).run();
      await db.delete(passwordResets).where(eq(passwordResets.userId, userId)).run();
      await db.delete(emailClaims).where(eq(emailClaims.userId, userId)).run();
      await db.delete(userIdentities).where(eq(userIdentities.userId, userId)).run();
      await db.update(invitations).set({ email: null }).where(eq(invitations.acceptedBy, userId)).run();
      await db
        .update(users)
        .set({ username, passwordHash: NO_PASSWORD, email: null })
        .where(eq(users.id, userId))
        .run();
    },
    async renameTenant(tenantId, name) {
      await db.update(tenants).set({ name }).where(eq(tenants.id, tenantId)).run();
    },
    async hasTenant(tenantId) {
      return (
        (await db.select({ id: tenants.id }).from(tenants).where(eq(tenants.id, tenantId)).get()) !==
        undefined
      );
    },
    async findKey(secretHash) {
      const row = await keyWithOwner.get({ secretHash });
      return row === undefined ? undefined : { key: toApiKey(row.key), member: toMember(row.member) };
    },
    async tenantIds() {
      return (
        await db
          .select({ id: tenants.id })
          .from(tenants)
          .orderBy(asc(tenants.createdAt), asc(tenants.id))
          .all()
      ).map(({ id }) => id);
    },
    async tenants() {
      return await db.select().from(tenants).orderBy(asc(tenants.createdAt), asc(tenants.id)).all();
    },
    async countTenants() {
      return (await db.select({ count: count() }).from(tenants).get())?.count ?? 0;
    },
  };
}

function toUser(row: typeof users.$inferSelect | undefined): User | undefined {
  return (
    row && {
      ...row,
      passwordHash: row.passwordHash === NO_PASSWORD ? undefined : row.passwordHash,
      email: row.email ?? undefined,
    }
  );
}
