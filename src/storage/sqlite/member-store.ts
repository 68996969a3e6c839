import { and, eq, sql } from "drizzle-orm";
import type { MemberStore } from "../../domain/ports/storage.ts";
import type { SqliteConnection } from "./connection.ts";
import { memberships, tenants, users } from "./schema.ts";

/** What a `Member` is read from: `memberships`, joined with `tenants` and `users`. */
export const memberColumns = {
  tenantId: memberships.tenantId,
  tenantName: tenants.name,
  userId: memberships.userId,
  username: users.username,
  role: memberships.role,
};

/** One member, by tenant and user. */
export function memberQuery(db: SqliteConnection["db"]) {
  return db
    .select(memberColumns)
    .from(memberships)
    .innerJoin(tenants, eq(tenants.id, memberships.tenantId))
    .innerJoin(users, eq(users.id, memberships.userId))
    .where(
      and(
        eq(memberships.tenantId, sql.placeholder("tenantId")),
        eq(memberships.userId, sql.placeholder("userId")),
      ),
    )
    .prepare();
}

/** Prepares the statements of a connection once; gives the store of any tenant. */
export function memberStores({ db }: SqliteConnection): (tenantId: string) => MemberStore {
  const member = memberQuery(db);

  return (tenantId) => {
    const isMember = (userId: string) =>
      and(eq(memberships.tenantId, tenantId), eq(memberships.userId, userId));
    return {
      async find(userId) {
        return member.get({ tenantId, userId });
      },
      async add(userId, role) {
        db.insert(memberships).values({ tenantId, userId, role, createdAt: new Date() }).run();
      },
      async setRole(userId, role) {
        db.update(memberships).set({ role }).where(isMember(userId)).run();
      },
      async remove(userId) {
        db.delete(memberships).where(isMember(userId)).run();
      },
    };
  };
}
