import { and, between, count, eq, sql } from "drizzle-orm";
import type { WordShape } from "../../domain/ports/words.ts";
import { foldWord, wordsIn } from "../../domain/words.ts";
import type { SqlConnection } from "./connection.ts";
import { beginsWith } from "./prompt-filter.ts";
import { vocabulary } from "./schema.ts";

/** Shorter words are too much like others to be told apart by their letters; longer ones are seldom words. */
const SHORTEST = 4;
const LONGEST = 24;
const LETTERS = /^\p{L}+$/u;

/** So many different words of one prompt are kept: far more than a prompt has, and few enough for one made to have many. */
const WORDS_OF_A_PROMPT = 5_000;
/** So many of a tenant: libraries of 10,000 prompts have fewer. Words that come after them are not proposed for others. */
const WORDS_OF_A_TENANT = 100_000;
/**
 * So many words that begin alike are looked through for one that is misspelt, whatever their length: some 10 ms. Libraries
 * of 10,000 prompts have fewer; in one that was made to have more, some slips are not corrected, and nobody waits for it.
 */
const WORDS_LOOKED_THROUGH = 20_000;

/** Of one statement. */
const WORDS_AT_A_TIME = 500;

export interface Vocabulary {
  add(texts: readonly string[]): Promise<void>;
  /** Takes away the words of some texts of which it turns out that they are not in use. */
  forget(texts: readonly string[], isInUse: (word: string) => Promise<boolean>): Promise<void>;
  find(shape: WordShape): Promise<string[]>;
}

/**
 * The words that each tenant's prompts have, or had: to correct a query's spelling by. A word is only taken away with a
 * prompt that is deleted for good, since each has to be looked for in the others; whoever reads checks with the full-text index.
 */
export function vocabularies({ db }: SqlConnection): (tenantId: string) => Vocabulary {
  const { word } = vocabulary;
  /** How many more words each tenant may have, counted once: what other processes add meanwhile is not noticed. */
  const room = new Map<string, number>();

  async function roomOf(tenantId: string): Promise<number> {
    const known = room.get(tenantId);
    if (known !== undefined) return known;
    const some = db
      .select({ word })
      .from(vocabulary)
      .where(eq(vocabulary.tenantId, tenantId))
      .limit(WORDS_OF_A_TENANT)
      .as("some");
    const row = await db.select({ count: count() }).from(some).get();
    return WORDS_OF_A_TENANT - (row?.count ?? 0);
  }

  return (tenantId) => ({
    async add(texts) {
      const left = await roomOf(tenantId);
      const words = left > 0 ? lettersOnly(texts.join("\n")) : [];
      let added = 0;
      for (let from = 0; from < words.length; from += WORDS_AT_A_TIME) {
        const rows = words.slice(from, from + WORDS_AT_A_TIME).map((one) => ({ tenantId, word: one }));
        added += (await db.insert(vocabulary).values(rows).onConflictDoNothing().run()).changes;
      }
      room.set(tenantId, left - added);
    },
    async forget(texts, isInUse) {
      for (const one of lettersOnly(texts.join("\n"))) {
        if (await isInUse(one)) continue;
        const { changes } = await db
          .delete(vocabulary)
          .where(and(eq(vocabulary.tenantId, tenantId), eq(word, one)))
          .run();
        const left = room.get(tenantId);
        if (left !== undefined) room.set(tenantId, left + changes);
      }
    },
    async find({ initial, shortest, longest }) {
      const alike = db
        .select({ word })
        .from(vocabulary)
        .where(and(eq(vocabulary.tenantId, tenantId), beginsWith(word, initial)))
        .limit(WORDS_LOOKED_THROUGH)
        .as("alike");
      const rows = await db
        .select()
        .from(alike)
        .where(between(sql`length(${alike.word})`, shortest, longest))
        .all();
      return rows.map((row) => row.word);
    },
  });
}

function lettersOnly(text: string): string[] {
  const words = new Set<string>();
  for (const word of wordsIn(text)) {
    if (word.length < SHORTEST || word.length > LONGEST || !LETTERS.test(word)) continue;
    words.add(foldWord(word));
    if (words.size === WORDS_OF_A_PROMPT) break;
  }
  return [...words];
}
