import { and, asc, eq, gt, isNull, or } from "drizzle-orm";
import type { SqlConnection } from "../connection.ts";
import { prompts, versions } from "../schema.ts";

const PAGE = 200;

/** Puts the words of every prompt that is not archived into the full-text index. */
export async function indexAllWords(
  { db, words }: SqlConnection,
  inTransaction: (work: () => Promise<void>) => Promise<void>,
  onPrompt: () => void,
): Promise<void> {
  let after: { readonly tenantId: string; readonly promptId: string } | undefined;
  for (let more = true; more; ) {
    await inTransaction(async () => {
      const rows = await db
        .select({
          tenantId: prompts.tenantId,
          promptId: prompts.id,
          name: prompts.name,
          title: prompts.title,
          description: prompts.description,
          tags: prompts.tags,
          content: versions.content,
        })
        .from(prompts)
        .innerJoin(
          versions,
          and(
            eq(versions.tenantId, prompts.tenantId),
            eq(versions.promptId, prompts.id),
            eq(versions.number, prompts.latestVersion),
          ),
        )
        .where(
          and(
            isNull(prompts.archivedAt),
            after &&
              or(
                gt(prompts.tenantId, after.tenantId),
                and(eq(prompts.tenantId, after.tenantId), gt(prompts.id, after.promptId)),
              ),
          ),
        )
        .orderBy(asc(prompts.tenantId), asc(prompts.id))
        .limit(PAGE)
        .all();
      for (const { tenantId, ...entry } of rows) {
        await words.put(tenantId, entry);
        onPrompt();
      }
      after = rows.at(-1);
      more = rows.length === PAGE;
    });
  }
}
