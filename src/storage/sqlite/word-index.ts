import { sql } from "drizzle-orm";
import type { PromptFilter, WordIndex, WordMatch } from "../../domain/ports/storage.ts";
import type { SqliteConnection } from "./connection.ts";
import { promptCondition } from "./prompt-filter.ts";
import { prompts } from "./schema.ts";
import { vocabularies } from "./vocabulary.ts";
import { tenantToken, titleQuery, wordQuery } from "./word-query.ts";

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
  const find = client
    .prepare<[string, number], number>("select rowid from prompt_words where prompt_words match ? limit ?")
    .pluck();

  /** Rows of prompts, at most `limit`; all of them where it is negative. */
  function rowsOf(query: string, limit: number): number[] {
    return find.all(query, limit);
  }

  /** The ids of those prompts that pass the filter, by their rows: in one query, since a prompt has many of the words. */
  function idsOf(
    tenantId: string,
    rows: Iterable<number>,
    filter: PromptFilter,
  ): ReadonlyMap<number, string> {
    const list = JSON.stringify([...new Set(rows)]);
    // A cross join, which SQLite does not turn round: from the few that have a word to their prompts.
    return new Map(
      db.values<[row: number, id: string]>(sql`
        select ${prompts.seq}, ${prompts.id} from json_each(${list}) cross join ${prompts} on ${prompts.seq} = value
        where ${promptCondition(tenantId, filter)}`),
    );
  }

  function match(tenantId: string, terms: readonly string[], filter: PromptFilter, common: number) {
    const limit = Number.isFinite(common) ? common + 1 : -1;
    const found = terms.map((term) => {
      const rows = rowsOf(wordQuery(tenantId, [term], "word"), limit);
      const listed = rows.length > common ? [] : rows;
      const titled = listed.length === 0 ? [] : rowsOf(titleQuery(tenantId, term), limit);
      return { term, count: rows.length, listed, titled };
    });
    const ids = idsOf(
      tenantId,
      found.flatMap(({ listed }) => listed),
      filter,
    );
    const passing = (rows: readonly number[]) => rows.flatMap((row) => ids.get(row) ?? []);
    return new Map(
      found.map(({ term, count, listed, titled }): [string, WordMatch] => [
        term,
        { count, promptIds: passing(listed), titledIds: passing(titled) },
      ]),
    );
  }

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
        const found = rowsOf(wordQuery(tenantId, [word], "word"), 1).length > 0;
        if (found) inUse.add(word);
        return found;
      });
    },
    async match(terms, filter, { common = Number.POSITIVE_INFINITY } = {}) {
      return match(tenantId, terms, filter, common);
    },
    async vocabulary(shape) {
      return vocabulary(tenantId).find(shape);
    },
  });
}
