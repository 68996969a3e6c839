import { and, sql } from "drizzle-orm";
import { isEmptyFilter, type PromptFilter } from "../../domain/ports/prompt-filter.ts";
import type { HeldTerms, ListedTerm, WordIndex } from "../../domain/ports/words.ts";
import { bestRows, has } from "./best-rows.ts";
import type { SqlConnection } from "./connection.ts";
import { isLive, isOneOf, promptCondition } from "./prompt-filter.ts";
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
    if (isEmptyFilter(filter)) return undefined;
    const condition = promptCondition(dialect, tenantId, filter);
    const rows = await db.select({ row: prompts.seq }).from(prompts).where(condition).all();
    return new Set(rows.map(({ row }) => row));
  }

  const seqAndId = { row: prompts.seq, id: prompts.id };
  // A cross join, which SQLite does not turn round: from the rows to their prompts.
  const idsOfRows = db
    .select(seqAndId)
    .from(sql`(${dialect.numbers(sql.placeholder("rows"))}) as listed`)
    .crossJoin(prompts)
    .where(and(sql`${prompts.seq} = listed.value`, isLive(sql.placeholder("tenantId"))))
    .prepare();
  const rowsOfIds = db
    .select(seqAndId)
    .from(prompts)
    .where(and(isLive(sql.placeholder("tenantId")), isOneOf(dialect, prompts.id, sql.placeholder("ids"))))
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
    async list(weighted) {
      const terms = weighted.map(({ term }) => term);
      const anywhere = await words.rows(tenantId, terms, "anywhere", Number.POSITIVE_INFINITY);
      const titled = await words.rows(tenantId, terms, "title", Number.POSITIVE_INFINITY);
      return weighted.map((term, at) => ({
        ...term,
        rows: anywhere[at] ?? NONE,
        titled: titled[at] ?? NONE,
      }));
    },
    async best(lists, { filter, limit, titleWeight }) {
      const passing = await rowsPassing(tenantId, filter);
      const rows = bestRows(lists, { limit, titleWeight, passing });
      return heldBy(lists, await idsOfRows.values({ tenantId, rows: JSON.stringify(rows) }));
    },
    async heldBy(promptIds, lists) {
      const found = await rowsOfIds.values({ tenantId, ids: JSON.stringify(promptIds) });
      return heldBy(lists, found);
    },
    vocabulary: (shape) => vocabulary(tenantId).find(shape),
  });
}

/** Which of the terms each prompt has. `found`: rows and ids as the database gives them, since drizzle's mapping takes longer than it does. */
function heldBy(lists: readonly ListedTerm[], found: unknown): ReadonlyMap<string, HeldTerms> {
  const held = new Map<string, HeldTerms>();
  for (const [row, id] of found as readonly (readonly [number, string])[]) {
    held.set(id, {
      terms: lists.filter(({ rows }) => has(rows, row)).map(({ term }) => term),
      titled: lists.filter(({ titled }) => has(titled, row)).map(({ term }) => term),
    });
  }
  return held;
}
