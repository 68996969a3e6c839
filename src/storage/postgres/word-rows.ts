import { sql } from "drizzle-orm";
import type { IndexedWords } from "../../domain/ports/words.ts";
import type { SqlDb } from "../sql/connection.ts";
import type { WordRows } from "../sql/word-rows.ts";
import { indexedWords, quoted, termQuery, WEIGHTS } from "./word-query.ts";

/** A vector knows no place after this one: words that come later all stand there. */
const LAST_PLACE = 16_383;
/** A vector holds less than 1 MB: of a text with more different words than that, the last are not found. */
const MOST_BYTES = 900_000;

const TITLE_WEIGHTS = WEIGHTS.name + WEIGHTS.title;

/** The full-text index of PostgreSQL: a text-search vector for each prompt. */
export function postgresWordRows(db: SqlDb): WordRows {
  return {
    async put(tenantId, entry) {
      const { changes } = await db.run(sql`
        insert into prompt_words (tenant_id, prompt_id, seq, words)
        select tenant_id, id, seq, cast(${vectorOf(tenantId, entry)} as tsvector) from prompts
        where tenant_id = ${tenantId} and id = ${entry.promptId}
        on conflict (tenant_id, prompt_id) do update set words = excluded.words`);
      if (changes === 0) throw new Error("Programming error: words of a prompt that is not stored.");
    },
    async remove(tenantId, promptId) {
      await db.run(sql`delete from prompt_words where tenant_id = ${tenantId} and prompt_id = ${promptId}`);
    },
    async rows(tenantId, terms, place, most) {
      const weights = place === "title" ? TITLE_WEIGHTS : "";
      const queries = terms.map((term) => termQuery(tenantId, term, weights) ?? null);
      const limit = Number.isFinite(most) ? most + 1 : null;
      const found = await db.values<[term: number, rows: number[]]>(sql`
        select asked.term, array(
          select cast(seq as integer)
          from words_matching(${tenantId}, asked.query, cast(${limit} as bigint)) as seq order by seq
        )
        from jsonb_array_elements_text(cast(${JSON.stringify(queries)} as jsonb)) with ordinality as asked(query, term)
        where asked.query is not null`);
      const byTerm = new Map(found.map(([term, rows]) => [term - 1, rows]));
      return terms.map((_, at) => {
        const rows = byTerm.get(at) ?? [];
        return rows.length > most ? undefined : Uint32Array.from(rows);
      });
    },
  };
}

/** The words of a prompt with their places and fields; between two fields a place is left free, so that no phrase spans them. */
function vectorOf(tenantId: string, entry: IndexedWords): string {
  const places = new Map<string, string[]>();
  let place = 1;
  const add = (text: string, weight: string) => {
    for (const word of indexedWords(tenantId, text)) {
      const at = `${Math.min(place, LAST_PLACE)}${weight}`;
      const known = places.get(word);
      if (known === undefined) places.set(word, [at]);
      else known.push(at);
      place += 1;
    }
    place += 1;
  };
  add(entry.name, WEIGHTS.name);
  add(entry.title, WEIGHTS.title);
  for (const tag of entry.tags) add(tag, WEIGHTS.tags);
  add(entry.description, WEIGHTS.description);
  add(entry.content, WEIGHTS.content);
  let vector = "";
  for (const [word, at] of places) {
    const next = ` ${quoted(word)}:${at.join(",")}`;
    if (vector.length + next.length > MOST_BYTES / 4 && Buffer.byteLength(vector + next) > MOST_BYTES) break;
    vector += next;
  }
  return vector;
}
