import { and, eq, isNull, sql } from "drizzle-orm";
import type { PromptFilter } from "../../domain/ports/prompt-filter.ts";
import type { HeldTerms, WeightedTerm, WordIndex } from "../../domain/ports/words.ts";
import { bestRows, has, type TermRows } from "./best-rows.ts";
import type { SqlConnection } from "./connection.ts";
import { isEmpty, isOneOf, promptCondition } from "./prompt-filter.ts";
import { prompts } from "./schema.ts";
import { vocabularies } from "./vocabulary.ts";

const NONE = new Uint32Array();

/** Gives the full-text index of any tenant. */
export function wordIndexes(connection: SqlConnection): (tenantId: string) => WordIndex {
  const { db, dialect, words } = connection;
  const vocabulary = vocabularies(connection);

  async function rowsPassing(
    tenantId: string,
    filter: PromptFilter,
  ): Promise<ReadonlySet<number> | undefined> {
    if (isEmpty(filter)) return undefined;
    const condition = promptCondition(dialect, tenantId, filter);
    const rows = await db.select({ row: prompts.seq }).from(prompts).where(condition).all();
    return new Set(rows.map(({ row }) => row));
  }

  async function listed(tenantId: string, weighted: readonly WeightedTerm[]): Promise<TermRows[]> {
    const terms = weighted.map(({ term }) => term);
    const anywhere = await words.rows(tenantId, terms, "anywhere", Number.POSITIVE_INFINITY);
    const titled = await words.rows(tenantId, terms, "title", Number.POSITIVE_INFINITY);
    return weighted.map((term, at) => ({ ...term, rows: anywhere[at] ?? NONE, titled: titled[at] ?? NONE }));
  }

  const seqAndId = { row: prompts.seq, id: prompts.id };
  // Rows of the tenant's lists, which are the tenant's own. A cross join, which SQLite does not turn round: from these to their prompts.
  const idsOfRows = db
    .select(seqAndId)
    .from(sql`(${dialect.numbers(sql.placeholder("rows"))}) as listed`)
    .crossJoin(prompts)
    .where(and(sql`${prompts.seq} = listed.value`, isNull(prompts.archivedAt)))
    .prepare();
  const rowsOfIds = db
    .select(seqAndId)
    .from(prompts)
    .where(
      and(
        eq(prompts.tenantId, sql.placeholder("tenantId")),
        isOneOf(dialect, prompts.id, sql.placeholder("ids")),
      ),
    )
    .prepare();
  return (tenantId) => ({
    async put(entry) {
      await words.put(tenantId, entry);
      const { name, title, description, tags, content } = entry;
      await vocabulary(tenantId).add([name, title, description, ...tags, content]);
    },
    remove: (promptId) => words.remove(tenantId, promptId),
    async forget(texts, inUse) {
      await vocabulary(tenantId).forget(texts, async (word) => {
        if (inUse.has(word)) return true;
        const [rows] = await words.rows(tenantId, [word], "anywhere", 0);
        const found = rows === undefined;
        if (found) inUse.add(word);
        return found;
      });
    },
    async count(terms, { most = Number.POSITIVE_INFINITY } = {}) {
      const rows = await words.rows(tenantId, terms, "anywhere", most);
      return new Map(terms.map((term, at) => [term, rows[at]?.length ?? most + 1]));
    },
    async best(terms, { filter, limit, titleWeight }) {
      const lists = await listed(tenantId, terms);
      const passing = await rowsPassing(tenantId, filter);
      const rows = bestRows(lists, { limit, titleWeight, passing });
      return heldBy(lists, await idsOfRows.all({ rows: JSON.stringify(rows) }));
    },
    async heldBy(promptIds, terms) {
      const found = await rowsOfIds.all({ tenantId, ids: JSON.stringify(promptIds) });
      return heldBy(await listed(tenantId, terms), found);
    },
    vocabulary: (shape) => vocabulary(tenantId).find(shape),
  });
}

/** Which of the terms each prompt has; those that have none are left out. */
function heldBy(
  lists: readonly TermRows[],
  found: readonly { readonly row: number; readonly id: string }[],
): ReadonlyMap<string, HeldTerms> {
  const held = new Map<string, HeldTerms>();
  for (const { row, id } of found) {
    held.set(id, {
      terms: lists.filter(({ rows }) => has(rows, row)).map(({ term }) => term),
      titled: lists.filter(({ titled }) => has(titled, row)).map(({ term }) => term),
    });
  }
  return new Map([...held].filter(([, { terms }]) => terms.length > 0));
}
