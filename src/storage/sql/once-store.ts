import { and, eq, lte, sql } from "drizzle-orm";
import type { OnceAttempt } from "../../domain/idempotency.ts";
import type { OnceStore } from "../../domain/ports/idempotency.ts";
import type { SqlConnection } from "./connection.ts";
import { onceCalls } from "./schema.ts";

/** Prepares the statements of a connection once; gives the store of any tenant. */
export function onceStores({ db, dialect }: SqlConnection): (tenantId: string) => OnceStore {
  const byKey = db
    .select()
    .from(onceCalls)
    .where(
      and(
        eq(onceCalls.tenantId, sql.placeholder("tenantId")),
        eq(onceCalls.userId, sql.placeholder("userId")),
        eq(onceCalls.keyHash, sql.placeholder("keyHash")),
      ),
    )
    .prepare();

  return (tenantId) => {
    const isAttempt = (userId: string, { keyHash, attempt }: OnceAttempt) =>
      and(
        eq(onceCalls.tenantId, tenantId),
        eq(onceCalls.userId, userId),
        eq(onceCalls.keyHash, keyHash),
        eq(onceCalls.attempt, attempt),
      );
    return {
      async find(userId, keyHash) {
        const row = await byKey.get({ tenantId, userId, keyHash });
        if (row === undefined) return undefined;
        const { tenantId: _tenant, target, answer, ...call } = row;
        return { ...call, target: target ?? undefined, answer: answer ?? undefined };
      },
      async begin(call) {
        const row = { ...call, state: "running" as const, target: null, answer: null };
        await db
          .insert(onceCalls)
          .values({ ...row, tenantId })
          .onConflictDoUpdate({
            target: [onceCalls.tenantId, onceCalls.userId, onceCalls.keyHash],
            set: row,
          })
          .run();
      },
      async settle(userId, attempt, target) {
        // The first change of several names the target.
        const { changes } = await db
          .update(onceCalls)
          .set({ state: "settled", target: sql`coalesce(${onceCalls.target}, ${JSON.stringify(target)})` })
          .where(isAttempt(userId, attempt))
          .run();
        return changes > 0 || (await byKey.get({ tenantId, userId, keyHash: attempt.keyHash })) === undefined;
      },
      async answer(userId, attempt, answer) {
        await db
          .update(onceCalls)
          .set({ state: "answered", answer: answer ?? null })
          .where(isAttempt(userId, attempt))
          .run();
      },
      async forgetAnswers(targetId) {
        await db
          .update(onceCalls)
          .set({ answer: null })
          .where(
            and(
              eq(onceCalls.tenantId, tenantId),
              sql`${dialect.field(onceCalls.target, "id")} = ${targetId}`,
            ),
          )
          .run();
      },
      async abandon(userId, attempt) {
        await db
          .delete(onceCalls)
          .where(and(isAttempt(userId, attempt), eq(onceCalls.state, "running")))
          .run();
      },
      async sweep(at) {
        await db
          .delete(onceCalls)
          .where(and(eq(onceCalls.tenantId, tenantId), lte(onceCalls.expiresAt, at)))
          .run();
      },
    };
  };
}
