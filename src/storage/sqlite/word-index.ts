import type { HeldTerms, PromptFilter, WeightedTerm, WordIndex } from "../../domain/ports/storage.ts";
import { bestRows, has, type TermRows } from "./best-rows.ts";
import type { SqliteConnection } from "./connection.ts";
import { type Place, postingLists } from "./posting-lists.ts";
import { isEmpty, promptCondition } from "./prompt-filter.ts";
import { prompts } from "./schema.ts";
import { vocabularies } from "./vocabulary.ts";
import { tenantToken } from "./word-query.ts";

/** Prepares the statements of a connection once; gives the full-text index of any tenant. */
export function wordIndexes(connection: SqliteConnection): (tenantId: string) => WordIndex {
  const { client, db } = connection;
  const vocabulary = vocabularies(connection);
  const put = client.prepare(`
    insert or replace into prompt_words (rowid, tenant, name, title, tags, description, content)
    select seq, @tenant, @name, @title, @tags, @description, @content
    from prompts where tenant_id = @tenantId and id = @promptId`);
  const remove = client.prepare(
    "delete from prompt_words where rowid = (select seq from prompts where tenant_id = ? and id = ?)",
  );
  const lists = postingLists(connection);
  const rowsOfIds = client.prepare<[object], { row: number; id: string }>(
    "select seq as row, id from prompts where tenant_id = @tenantId and id in (select value from json_each(@ids))",
  );
  // Rows of the tenant's lists, which are the tenant's own. A cross join, which SQLite does not turn round: from these to their prompts.
  const idsOfRows = client.prepare<[object], { row: number; id: string }>(`
    select prompts.seq as row, prompts.id from json_each(@rows) cross join prompts on prompts.seq = value
    where prompts.archived_at is null`);

  function rowsPassing(tenantId: string, filter: PromptFilter): ReadonlySet<number> | undefined {
    if (isEmpty(filter)) return undefined;
    const condition = promptCondition(tenantId, filter);
    const rows = db.select({ row: prompts.seq }).from(prompts).where(condition).all();
    return new Set(rows.map(({ row }) => row));
  }

  function allRows(tenantId: string, term: string, place: Place): Uint32Array {
    return lists.rows(tenantId, term, place, Number.POSITIVE_INFINITY) ?? new Uint32Array();
  }

  const listed = (tenantId: string, terms: readonly WeightedTerm[]): TermRows[] =>
    terms.map(({ term, weight }) => ({
      term,
      weight,
      rows: allRows(tenantId, term, "anywhere"),
      titled: allRows(tenantId, term, "title"),
    }));

  return (tenantId) => ({
    async put({ promptId, name, title, description, tags, content }) {
      const { changes } = put.run({
        tenantId,
        tenant: tenantToken(tenantId),
        promptId,
        name,
        title,
        description,
        tags: tags.join("\n"),
        content,
      });
      if (changes === 0) throw new Error("Programming error: words of a prompt that is not stored.");
      vocabulary(tenantId).add([name, title, description, ...tags, content]);
    },
    async remove(promptId) {
      remove.run(tenantId, promptId);
    },
    async forget(texts, inUse) {
      vocabulary(tenantId).forget(texts, (word) => {
        if (inUse.has(word)) return true;
        const found = lists.rows(tenantId, word, "anywhere", 0) === undefined;
        if (found) inUse.add(word);
        return found;
      });
    },
    async count(terms, { most = Number.POSITIVE_INFINITY } = {}) {
      const countOf = (term: string) => lists.rows(tenantId, term, "anywhere", most)?.length ?? most + 1;
      return new Map(terms.map((term) => [term, countOf(term)]));
    },
    async best(terms, { filter, limit, titleWeight }) {
      const found = listed(tenantId, terms);
      const rows = bestRows(found, { limit, titleWeight, passing: rowsPassing(tenantId, filter) });
      return heldBy(found, idsOfRows.all({ rows: JSON.stringify(rows) }));
    },
    async heldBy(promptIds, terms) {
      const ids = JSON.stringify(promptIds);
      return heldBy(listed(tenantId, terms), rowsOfIds.all({ tenantId, ids }));
    },
    async vocabulary(shape) {
      return vocabulary(tenantId).find(shape);
    },
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
