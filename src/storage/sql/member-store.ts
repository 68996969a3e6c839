import { and, asc, count, eq, gt, sql } from "drizzle-orm";
import type { Member } from "../../domain/identity.ts";
import type { MemberStore } from "../../domain/ports/storage.ts";
import type { SqlConnection } from "./connection.ts";
import { departures, memberships, tenants, users } from "./schema.ts";

/** What a `Member` is read from: `memberships`, joined with `tenants` and `users`. */
export const memberColumns = {
  tenantId: memberships.tenantId,
  tenantName: tenants.name,
  userId: memberships.userId,
  username: users.username,
  role: memberships.role,
  tenantEndsAt: tenants.endsAt,
};

type MemberRow = Omit<Member, "tenantEndsAt"> & { readonly tenantEndsAt: Date | null };

/** A member with whatever else was read of them. */
export function toMember<Row extends MemberRow>({ tenantEndsAt, ...row }: Row) {
  return { ...row, tenantEndsAt: tenantEndsAt ?? undefined };
}

function select(db: SqlConnection["db"]) {
  return db
    .select(memberColumns)
    .from(memberships)
    .innerJoin(tenants, eq(tenants.id, memberships.tenantId))
    .innerJoin(users, eq(users.id, memberships.userId));
}

export function optionalMember(row: MemberRow | undefined): Member | undefined {
  return row && toMember(row);
}

/** One member, by tenant and user. */
export function memberQuery(db: SqlConnection["db"]) {
  return select(db)
    .where(
      and(
        eq(memberships.tenantId, sql.placeholder("tenantId")),
        eq(memberships.userId, sql.placeholder("userId")),
      ),
    )
    .prepare();
}

/** Prepares the statements of a connection once; gives the store of any tenant. */
export function memberStores({ db }: SqlConnection): (tenantId: string) => MemberStore {
  const member = memberQuery(db);
  const named = select(db)
    .where(
      and(
        eq(memberships.tenantId, sql.placeholder("tenantId")),
        eq(users.username, sql.placeholder("username")),
      ),
    )
    .prepare();

  return (tenantId) => {
    const isMember = (userId: string) =>
      and(eq(memberships.tenantId, tenantId), eq(memberships.userId, userId));
    const isDeparture = (userId: string) =>
      and(eq(departures.tenantId, tenantId), eq(departures.userId, userId));
    return {
      async find(userId) {
        return optionalMember(await member.get({ tenantId, userId }));
      },
      async findByName(username) {
        return optionalMember(await named.get({ tenantId, username }));
      },
      async list({ limit, after }) {
        return (
          await db
            .select({ ...memberColumns, joinedAt: memberships.createdAt })
            .from(memberships)
            .innerJoin(tenants, eq(tenants.id, memberships.tenantId))
            .innerJoin(users, eq(users.id, memberships.userId))
            .where(
              and(
                eq(memberships.tenantId, tenantId),
                after === undefined ? undefined : gt(users.username, after),
              ),
            )
            .orderBy(asc(users.username))
            .limit(limit)
            .all()
        ).map(toMember);
      },
      async countAdmins() {
        const row = await db
          .select({ count: count() })
          .from(memberships)
          .where(and(eq(memberships.tenantId, tenantId), eq(memberships.role, "admin")))
          .get();
        return row?.count ?? 0;
      },
      async add(userId, role) {
        await db.delete(departures).where(isDeparture(userId)).run();
        await db.insert(memberships).values({ tenantId, userId, role, createdAt: new Date() }).run();
      },
      async setRole(userId, role) {
        await db.update(memberships).set({ role }).where(isMember(userId)).run();
      },
      async remove(userId) {
        const { changes } = await db.delete(memberships).where(isMember(userId)).run();
        if (changes > 0) await db.insert(departures).values({ tenantId, userId, at: new Date() }).run();
      },
      async hasDeparted(userId) {
        return (
          (await db.select({ at: departures.at }).from(departures).where(isDeparture(userId)).get()) !==
          undefined
        );
      },
    };
  };
}
