import { and, asc, count, desc, eq, isNull, lt, type SQL, sql } from "drizzle-orm";
import { DEFAULT_PROTECTED_LABELS, type LabelMove } from "../../domain/labels.ts";
import type { LabelStore } from "../../domain/ports/labels.ts";
import type { SqlConnection } from "./connection.ts";
import { labelMoves, labels, prompts, tenants, users } from "./schema.ts";

/** Prepares the statements of a connection once; gives the labels of any tenant. */
export function labelStores({ db }: SqlConnection): (tenantId: string) => LabelStore {
  const ofLabel = (table: typeof labels | typeof labelMoves) =>
    and(
      eq(table.tenantId, sql.placeholder("tenantId")),
      eq(table.promptId, sql.placeholder("promptId")),
      eq(table.label, sql.placeholder("label")),
    );
  const one = db.select().from(labels).where(ofLabel(labels)).prepare();
  const selectMoves = (condition: SQL | undefined) =>
    db
      .select({
        promptId: labelMoves.promptId,
        label: labelMoves.label,
        number: labelMoves.number,
        kind: labelMoves.kind,
        fromVersion: labelMoves.fromVersion,
        toVersion: labelMoves.toVersion,
        previous: labelMoves.previous,
        reason: labelMoves.reason,
        movedById: labelMoves.movedById,
        movedBy: users.username,
        movedAt: labelMoves.movedAt,
      })
      .from(labelMoves)
      .innerJoin(users, eq(users.id, labelMoves.movedById))
      .where(condition);
  const moveByNumber = selectMoves(
    and(ofLabel(labelMoves), eq(labelMoves.number, sql.placeholder("number"))),
  ).prepare();
  const movePage = selectMoves(and(ofLabel(labelMoves), lt(labelMoves.number, sql.placeholder("before"))))
    .orderBy(desc(labelMoves.number))
    .limit(sql.placeholder("limit"))
    .prepare();

  return (tenantId) => ({
    async find(promptId, label) {
      return await one.get({ tenantId, promptId, label });
    },
    async put({ promptId, label, ...target }) {
      await db
        .insert(labels)
        .values({ tenantId, promptId, label, ...target })
        .onConflictDoUpdate({ target: [labels.tenantId, labels.promptId, labels.label], set: target })
        .run();
    },
    async remove(promptId, label) {
      await db
        .delete(labels)
        .where(and(eq(labels.tenantId, tenantId), eq(labels.promptId, promptId), eq(labels.label, label)))
        .run();
    },
    async addMove(move) {
      await db
        .insert(labelMoves)
        .values({ tenantId, ...move })
        .run();
    },
    async findMove(promptId, label, number) {
      const row = await moveByNumber.get({ tenantId, promptId, label, number });
      return row && toMove(row);
    },
    async listMoves(promptId, label, { limit, before = Number.MAX_SAFE_INTEGER }) {
      return (await movePage.all({ tenantId, promptId, label, before, limit })).map(toMove);
    },
    async allMoves({ limit, after }) {
      const { promptId, label, number } = labelMoves;
      return (
        await selectMoves(
          and(
            eq(labelMoves.tenantId, tenantId),
            after &&
              sql`(${promptId}, ${label}, ${number}) > (${after.promptId}, ${after.label}, ${after.number})`,
          ),
        )
          .orderBy(asc(promptId), asc(label), asc(number))
          .limit(limit)
          .all()
      ).map(toMove);
    },
    async inUse() {
      return await db
        .select({ label: labels.label, prompts: count() })
        .from(labels)
        .innerJoin(prompts, and(eq(prompts.tenantId, labels.tenantId), eq(prompts.id, labels.promptId)))
        .where(and(eq(labels.tenantId, tenantId), isNull(prompts.archivedAt)))
        .groupBy(labels.label)
        .orderBy(asc(labels.label))
        .all();
    },
    async protected() {
      const row = await db
        .select({ protectedLabels: tenants.protectedLabels })
        .from(tenants)
        .where(eq(tenants.id, tenantId))
        .get();
      return row?.protectedLabels ?? DEFAULT_PROTECTED_LABELS;
    },
    async setProtected(protectedLabels) {
      await db.update(tenants).set({ protectedLabels }).where(eq(tenants.id, tenantId)).run();
    },
  });
}

interface MoveRow extends Omit<LabelMove, "fromVersion" | "toVersion" | "previous"> {
  readonly fromVersion: number | null;
  readonly toVersion: number | null;
  readonly previous: number | null;
}

function toMove({ fromVersion, toVersion, previous, ...move }: MoveRow): LabelMove {
  return {
    ...move,
    fromVersion: fromVersion ?? undefined,
    toVersion: toVersion ?? undefined,
    previous: previous ?? undefined,
  };
}
