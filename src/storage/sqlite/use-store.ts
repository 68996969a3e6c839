import { and, desc, eq, gte, lt, sql } from "drizzle-orm";
import type { UseQuery, UseStore } from "../../domain/ports/uses.ts";
import type { SqliteConnection } from "./connection.ts";
import { prompts, promptUses as uses } from "./schema.ts";

/** Prepares the statements of a connection once; gives the counts of any tenant. */
export function useStores({ client, db }: SqliteConnection): (tenantId: string) => UseStore {
  // From the prompts: what is counted of one that has gone meanwhile is dropped.
  const add = client.prepare(`
    insert into prompt_uses (tenant_id, prompt_id, day, version, label, renders, reads)
    select tenant_id, id, @day, @version, @label, @renders, @reads from prompts
    where tenant_id = @tenantId and id = @promptId
    on conflict (tenant_id, prompt_id, day, version, label)
    do update set renders = renders + excluded.renders, reads = reads + excluded.reads`);
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
        for (const count of counts) add.run({ tenantId, ...count });
      },
      async byDay(query) {
        const { day } = uses;
        return db
          .select({ day, renders, reads })
          .from(uses)
          .where(within(query))
          .groupBy(day)
          .orderBy(desc(day))
          .all();
      },
      async byVersion({ limit, ...query }) {
        const { version } = uses;
        return db
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
        return db
          .select({ label, renders, reads })
          .from(uses)
          .where(within(query))
          .groupBy(label)
          .orderBy(most, label)
          .limit(limit)
          .all();
      },
      async byPrompt({ limit, ...query }) {
        return db
          .select({ id: prompts.id, name: prompts.name, renders, reads })
          .from(uses)
          .innerJoin(prompts, and(eq(prompts.tenantId, uses.tenantId), eq(prompts.id, uses.promptId)))
          .where(within(query))
          .groupBy(prompts.id)
          .orderBy(most, prompts.name)
          .limit(limit)
          .all();
      },
      async deleteBefore(day) {
        db.delete(uses)
          .where(and(eq(uses.tenantId, tenantId), lt(uses.day, day)))
          .run();
      },
    };
  };
}
