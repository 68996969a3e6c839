import { and, desc, eq, gt, lte, type SQL, sql } from "drizzle-orm";
import type { SessionStore } from "../../domain/ports/sessions.ts";
import type { Session } from "../../domain/session.ts";
import type { SqlConnection } from "./connection.ts";
import { memberColumns, toMember } from "./member-store.ts";
import { memberships, sessions, tenants, users } from "./schema.ts";

/** Prepares the statements of a connection once. */
export function sessionStore({ db }: SqlConnection): SessionStore {
  const select = (condition: SQL | undefined) =>
    db
      .select({ session: sessions, member: memberColumns })
      .from(sessions)
      .innerJoin(
        memberships,
        and(eq(memberships.tenantId, sessions.tenantId), eq(memberships.userId, sessions.userId)),
      )
      .innerJoin(tenants, eq(tenants.id, sessions.tenantId))
      .innerJoin(users, eq(users.id, sessions.userId))
      .where(condition)
      .prepare();
  const byFamily = select(eq(sessions.familyHash, sql.placeholder("familyHash")));
  // Asked by each call with an access token.
  const byId = select(
    and(
      eq(sessions.tenantId, sql.placeholder("tenantId")),
      eq(sessions.id, sql.placeholder("id")),
      eq(sessions.userId, sql.placeholder("userId")),
    ),
  );

  return {
    async insert(session) {
      await db.insert(sessions).values(toRow(session)).run();
    },
    async findByFamily(familyHash) {
      const row = await byFamily.get({ familyHash });
      return row && { session: toSession(row.session), member: toMember(row.member) };
    },
    async find({ id, tenantId, userId }, now) {
      const row = await byId.get({ id, tenantId, userId });
      return row && row.session.expiresAt > now ? toSession(row.session) : undefined;
    },
    async findMember({ id, tenantId, userId }) {
      const row = await byId.get({ id, tenantId, userId });
      return row && { member: toMember(row.member), expiresAt: row.session.expiresAt };
    },
    async renew(session) {
      const { refreshHash, lastUsedAt, expiresAt } = toRow(session);
      await db
        .update(sessions)
        .set({ refreshHash, lastUsedAt, expiresAt })
        .where(and(eq(sessions.tenantId, session.tenantId), eq(sessions.id, session.id)))
        .run();
    },
    async listOf(userId, now) {
      const rows = await db
        .select({ session: sessions, tenantName: tenants.name })
        .from(sessions)
        .innerJoin(tenants, eq(tenants.id, sessions.tenantId))
        .where(and(eq(sessions.userId, userId), gt(sessions.expiresAt, now)))
        .orderBy(desc(sessions.lastUsedAt), desc(sessions.id))
        .all();
      return rows.map(({ session, tenantName }) => ({ ...toSession(session), tenantName }));
    },
    async end(userId, id) {
      const row = await db
        .delete(sessions)
        .where(and(eq(sessions.userId, userId), eq(sessions.id, id)))
        .returning()
        .get();
      return row && toSession(row);
    },
    async endAllOf(userId) {
      return (await db.delete(sessions).where(eq(sessions.userId, userId)).returning().all()).map(toSession);
    },
    async dropExpired(userId, now) {
      await db
        .delete(sessions)
        .where(and(eq(sessions.userId, userId), lte(sessions.expiresAt, now)))
        .run();
    },
  };
}

function toRow({ refresh, address, ...rest }: Session): typeof sessions.$inferInsert {
  return {
    ...rest,
    familyHash: refresh?.familyHash ?? null,
    refreshHash: refresh?.tokenHash ?? null,
    address: address ?? null,
  };
}

function toSession(row: typeof sessions.$inferSelect): Session {
  const { familyHash, refreshHash, address, ...rest } = row;
  return {
    ...rest,
    refresh: familyHash === null || refreshHash === null ? undefined : { familyHash, tokenHash: refreshHash },
    address: address ?? undefined,
  };
}
