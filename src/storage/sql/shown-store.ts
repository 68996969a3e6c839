import { and, eq, sql } from "drizzle-orm";
import { LATEST } from "../../domain/names.ts";
import type { ShownStore } from "../../domain/ports/shown.ts";
import type { SqlConnection } from "./connection.ts";
import { isLive, isOneOf } from "./prompt-filter.ts";
import { labels, prompts, splits, versions } from "./schema.ts";

/** Prepares the statement of a connection once; gives what searches of any tenant show. */
export function shownStores({ db, dialect }: SqlConnection): (tenantId: string) => ShownStore {
  const labelled = db
    .select({ version: labels.version })
    .from(labels)
    .where(
      and(
        eq(labels.tenantId, sql.placeholder("tenantId")),
        eq(labels.promptId, prompts.id),
        eq(labels.label, sql.placeholder("label")),
      ),
    );
  const isShown = sql`case when ${sql.placeholder("label")} = ${LATEST} then ${prompts.latestVersion} else (${labelled}) end`;
  const shown = db
    .select({
      id: prompts.id,
      name: prompts.name,
      version: versions.number,
      title: versions.title,
      content: versions.content,
      spans: splits.spans,
    })
    .from(prompts)
    .innerJoin(
      versions,
      and(
        eq(versions.tenantId, sql.placeholder("tenantId")),
        eq(versions.promptId, prompts.id),
        eq(versions.number, isShown),
      ),
    )
    .leftJoin(
      splits,
      and(
        eq(splits.tenantId, sql.placeholder("tenantId")),
        eq(splits.promptId, prompts.id),
        eq(splits.version, versions.number),
      ),
    )
    .where(and(isLive(sql.placeholder("tenantId")), isOneOf(dialect, prompts.id, sql.placeholder("ids"))))
    .prepare();

  return (tenantId) => ({
    async at(label, promptIds) {
      const rows = await shown.all({ tenantId, label, ids: JSON.stringify(promptIds) });
      return rows.map(({ spans, ...row }) => ({
        ...row,
        spans: spans?.map(([start, end]) => ({ start, end })),
      }));
    },
  });
}
