import { and, desc, eq, gte, lt, sql } from "drizzle-orm";
import type { UseQuery, UseStore } from "../../domain/ports/uses.ts";
import type { SqlConnection } from "./connection.ts";
import { prompts, promptUses as uses } from "./schema.ts";

/** Prepares the statements of a connection once; gives the counts of any tenant. */
export function useStores({ db, dialect }: SqlConnection): (tenantId: string) => UseStore {
  const text = (at: number) => sql`(counted.value ->> ${sql.raw(String(at))})`;
  const number = (at: number) => sql`cast(${text(at)} as bigint)`;
  // All in one statement: counts of two hundred prompts, one by one, kept every other call waiting for fifty milliseconds.
  const add = db
    .insert(uses)
    .select(
      db
        .select({
          tenantId: prompts.tenantId,
          // What is counted of a prompt that has gone meanwhile is dropped.
          promptId: prompts.id,
          day: text(1).as("day"),
          version: number(2).as("version"),
          label: text(3).as("label"),
          renders: number(4).as("renders"),
          reads: number(5).as("reads"),
        })
        .from(sql`${dialect.arrays(sql.placeholder("counts"))} as counted`)
        .crossJoin(prompts)
        .where(and(eq(prompts.tenantId, sql.placeholder("tenantId")), sql`${prompts.id} = ${text(0)}`)),
    )
    .onConflictDoUpdate({
      target: [uses.tenantId, uses.promptId, uses.day, uses.version, uses.label],
      set: {
        renders: sql`${uses.renders} + excluded.renders`,
        reads: sql`${uses.reads} + excluded.reads`,
      },
    })
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
        const rows = counts.map((one) => [
          one.promptId,
          one.day,
          one.version,
          one.label,
          one.renders,
          one.reads,
        ]);
        await add.run({ tenantId, counts: JSON.stringify(rows) });
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
