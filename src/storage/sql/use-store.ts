import { and, desc, eq, gte, lt, sql } from "drizzle-orm";
import type { UseQuery, UseStore } from "../../domain/ports/uses.ts";
import type { SqlConnection } from "./connection.ts";
import { prompts, promptUses as uses } from "./schema.ts";

/** Prepares the statements of a connection once; gives the counts of any tenant. */
export function useStores({ db }: SqlConnection): (tenantId: string) => UseStore {
  const isStored = db
    .select({ id: prompts.id })
    .from(prompts)
    .where(
      and(eq(prompts.tenantId, sql.placeholder("tenantId")), eq(prompts.id, sql.placeholder("promptId"))),
    )
    .prepare();
  const renders = sql<number>`sum(${uses.renders})`;
  const reads = sql<number>`sum(${uses.reads})`;
  const most = desc(sql`sum(${uses.renders} + ${uses.reads})`);

  return (tenantId) => {
    const within = ({ promptId, since }: UseQuery) =>
      and(
        eq(uses.tenantId, tenantId),
        promptId === undefined ? undefined : eq(uses.promptId, promptId),
        gte(uses.day, since),
      );
    return {
      async add(counts) {
        for (const { renders, reads, ...count } of counts) {
          // What is counted of a prompt that has gone meanwhile is dropped.
          if ((await isStored.get({ tenantId, promptId: count.promptId })) === undefined) continue;
          await db
            .insert(uses)
            .values({ tenantId, ...count, renders, reads })
            .onConflictDoUpdate({
              target: [uses.tenantId, uses.promptId, uses.day, uses.version, uses.label],
              set: { renders: sql`${uses.renders} + ${renders}`, reads: sql`${uses.reads} + ${reads}` },
            })
            .run();
        }
      },
      async byDay(query) {
        const { day } = uses;
        return await db
          .select({ day, renders, reads })
          .from(uses)
          .where(within(query))
          .groupBy(day)
          .orderBy(desc(day))
          .all();
      },
      async byVersion({ limit, ...query }) {
        const { version } = uses;
        return await db
          .select({ version, renders, reads })
          .from(uses)
          .where(within(query))
          .groupBy(version)
          .orderBy(most, desc(version))
          .limit(limit)
          .all();
      },
      async byLabel({ limit, ...query }) {
        const { label } = uses;
        return await db
          .select({ label, renders, reads })
          .from(uses)
          .where(within(query))
          .groupBy(label)
          .orderBy(most, label)
          .limit(limit)
          .all();
      },
      async byPrompt({ limit, ...query }) {
        return await db
          .select({ id: prompts.id, name: prompts.name, renders, reads })
          .from(uses)
          .innerJoin(prompts, and(eq(prompts.tenantId, uses.tenantId), eq(prompts.id, uses.promptId)))
          .where(within(query))
          .groupBy(prompts.id, prompts.name)
          .orderBy(most, prompts.name)
          .limit(limit)
          .all();
      },
      async deleteBefore(day) {
        await db
          .delete(uses)
          .where(and(eq(uses.tenantId, tenantId), lt(uses.day, day)))
          .run();
      },
    };
  };
}
