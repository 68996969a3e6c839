import { and, asc, desc, eq, gt, gte, lt, or, sql } from "drizzle-orm";
import type { AuditRecord } from "../../domain/audit.ts";
import type { AuditStore } from "../../domain/ports/audit.ts";
import type { SqlConnection } from "./connection.ts";
import { auditHeads, auditLog, users } from "./schema.ts";

/** Prepares the statements of a connection once; gives the store of any tenant. */
export function auditStores({ db }: SqlConnection): (tenantId: string) => AuditStore {
  const head = db
    .select({ number: auditHeads.number, hash: auditHeads.hash })
    .from(auditHeads)
    .where(eq(auditHeads.tenantId, sql.placeholder("tenantId")))
    .prepare();

  return (tenantId) => ({
    async head() {
      return await head.get({ tenantId });
    },
    async append({ target, ...record }) {
      const { number, hash } = record;
      await db
        .insert(auditLog)
        .values({
          ...record,
          tenantId,
          targetKind: target.kind,
          targetId: target.id,
          targetName: target.name ?? null,
        })
        .run();
      await db
        .insert(auditHeads)
        .values({ tenantId, number, hash })
        .onConflictDoUpdate({ target: auditHeads.tenantId, set: { number, hash } })
        .run();
    },
    async list({ operation, user, targetKind, target, since, until }, { limit, before }) {
      const conditions = [
        operation === undefined ? undefined : eq(auditLog.operation, operation),
        user === undefined ? undefined : eq(users.username, user),
        targetKind === undefined ? undefined : eq(auditLog.targetKind, targetKind),
        target === undefined ? undefined : or(eq(auditLog.targetId, target), eq(auditLog.targetName, target)),
        since === undefined ? undefined : gte(auditLog.at, since),
        until === undefined ? undefined : lt(auditLog.at, until),
        before === undefined ? undefined : lt(auditLog.number, before),
      ];
      return (
        await db
          .select({ row: auditLog, username: users.username })
          .from(auditLog)
          .leftJoin(users, eq(users.id, auditLog.userId))
          .where(and(eq(auditLog.tenantId, tenantId), ...conditions))
          .orderBy(desc(auditLog.number))
          .limit(limit)
          .all()
      ).map(({ row, username }) => ({ ...toRecord(row), username: username ?? undefined }));
    },
    async read({ limit, after }) {
      return (
        await db
          .select()
          .from(auditLog)
          .where(and(eq(auditLog.tenantId, tenantId), gt(auditLog.number, after)))
          .orderBy(asc(auditLog.number))
          .limit(limit)
          .all()
      ).map(toRecord);
    },
  });
}

function toRecord(row: typeof auditLog.$inferSelect): AuditRecord {
  const { tenantId: _tenant, targetKind, targetId, targetName, userId, keyId, ...record } = row;
  return {
    ...record,
    userId: userId ?? undefined,
    keyId: keyId ?? undefined,
    target: { kind: targetKind, id: targetId, name: targetName ?? undefined },
  };
}
