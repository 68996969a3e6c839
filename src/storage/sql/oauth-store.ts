import { and, desc, eq, gt, isNull, lt, lte, sql } from "drizzle-orm";
import type { ClientGrantStore, OAuthRecord, OAuthStore } from "../../domain/ports/oauth.ts";
import type { SqlConnection } from "./connection.ts";
import { memberColumns, optionalMember } from "./member-store.ts";
import { clientGrants, memberships, oauthRecords, tenants, users } from "./schema.ts";

/** Prepares the statements of a connection once. */
export function oauthStore({ db }: SqlConnection): OAuthStore {
  const grantor = db
    .select(memberColumns)
    .from(clientGrants)
    .innerJoin(
      memberships,
      and(eq(memberships.tenantId, clientGrants.tenantId), eq(memberships.userId, clientGrants.userId)),
    )
    .innerJoin(tenants, eq(tenants.id, clientGrants.tenantId))
    .innerJoin(users, eq(users.id, clientGrants.userId))
    .where(eq(clientGrants.id, sql.placeholder("grantId")))
    .prepare();

  const isRecord = (kind: string, id: string) => and(eq(oauthRecords.kind, kind), eq(oauthRecords.id, id));

  async function drop(now: Date): Promise<void> {
    await db.delete(oauthRecords).where(lte(oauthRecords.expiresAt, now)).run();
    await db.delete(clientGrants).where(lte(clientGrants.expiresAt, now)).run();
  }

  return {
    async put(record, now) {
      await drop(now);
      const row = { ...record, ...emptied(record) };
      const { kind, id } = oauthRecords;
      await db
        .insert(oauthRecords)
        .values(row)
        .onConflictDoUpdate({ target: [kind, id], set: row })
        .run();
    },
    async find(kind, id, now) {
      const row = await db
        .select()
        .from(oauthRecords)
        .where(and(isRecord(kind, id), gt(oauthRecords.expiresAt, now)))
        .get();
      return row && toRecord(row);
    },
    async findByUid(kind, uid, now) {
      const row = await db
        .select()
        .from(oauthRecords)
        .where(and(eq(oauthRecords.kind, kind), eq(oauthRecords.uid, uid), gt(oauthRecords.expiresAt, now)))
        .get();
      return row && toRecord(row);
    },
    async consume(kind, id, at) {
      const { changes } = await db
        .update(oauthRecords)
        .set({ consumedAt: at })
        .where(and(isRecord(kind, id), isNull(oauthRecords.consumedAt)))
        .run();
      return changes > 0;
    },
    async remove(kind, id) {
      await db.delete(oauthRecords).where(isRecord(kind, id)).run();
    },
    async prolong(kind, id, until) {
      await db
        .update(oauthRecords)
        .set({ expiresAt: until })
        .where(and(isRecord(kind, id), lt(oauthRecords.expiresAt, until)))
        .run();
    },
    async endGrant(grantId) {
      await db.delete(oauthRecords).where(eq(oauthRecords.grantId, grantId)).run();
      await db.delete(clientGrants).where(eq(clientGrants.id, grantId)).run();
    },
    async endAllOf(userId) {
      await db.delete(oauthRecords).where(eq(oauthRecords.userId, userId)).run();
      const ended = await db.delete(clientGrants).where(eq(clientGrants.userId, userId)).returning().all();
      return ended.map(({ tenantId }) => tenantId);
    },
    async findGrantor(grantId) {
      return optionalMember(await grantor.get({ grantId }));
    },
    async listGrantsOf(userId, now) {
      const rows = await db
        .select({ grant: clientGrants, tenantName: tenants.name })
        .from(clientGrants)
        .innerJoin(tenants, eq(tenants.id, clientGrants.tenantId))
        .where(and(eq(clientGrants.userId, userId), gt(clientGrants.expiresAt, now)))
        .orderBy(desc(clientGrants.createdAt), desc(clientGrants.id))
        .all();
      return rows.map(({ grant: { userId: _user, clientId, clientName, scopes, ...grant }, tenantName }) => ({
        ...grant,
        tenantName,
        client: clientId === null ? undefined : { id: clientId, name: clientName ?? undefined },
        scopes: scopes ?? [],
      }));
    },
  };
}

/** Gives the store of any tenant. */
export function clientGrantStores({ db }: SqlConnection): (tenantId: string) => ClientGrantStore {
  return (tenantId) => ({
    async add({ client, ...grant }) {
      await db
        .insert(clientGrants)
        .values({ ...grant, clientId: client?.id, clientName: client?.name, tenantId })
        .run();
    },
  });
}

type Row = typeof oauthRecords.$inferSelect;

function toRecord({ userId, clientId, grantId, uid, consumedAt, ...rest }: Row): OAuthRecord {
  return {
    ...rest,
    userId: userId ?? undefined,
    clientId: clientId ?? undefined,
    grantId: grantId ?? undefined,
    uid: uid ?? undefined,
    consumedAt: consumedAt ?? undefined,
  };
}

/** Null where there is nothing: an update leaves out what is undefined. */
function emptied({ userId, clientId, grantId, uid, consumedAt }: OAuthRecord) {
  return {
    userId: userId ?? null,
    clientId: clientId ?? null,
    grantId: grantId ?? null,
    uid: uid ?? null,
    consumedAt: consumedAt ?? null,
  };
}
