import type { WordShape } from "../../domain/ports/storage.ts";
import { foldWord, wordsIn } from "../../domain/words.ts";
import type { SqliteConnection } from "./connection.ts";

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

export interface Vocabulary {
  add(texts: readonly string[]): void;
  /** Takes away the words of some texts of which it turns out that they are not in use. */
  forget(texts: readonly string[], isInUse: (word: string) => boolean): void;
  find(shape: WordShape): string[];
}

/**
 * The words that each tenant's prompts have, or had: to correct a query's spelling by. A word is only taken away with a
 * prompt that is deleted for good, since each has to be looked for in the others; whoever reads checks with the full-text index.
 */
export function vocabularies({ client }: SqliteConnection): (tenantId: string) => Vocabulary {
  const insert = client.prepare(
    "insert or ignore into vocabulary (tenant_id, word) select @tenantId, value from json_each(@words)",
  );
  const remove = client.prepare("delete from vocabulary where tenant_id = @tenantId and word = @word");
  const count = client
    .prepare<[string], number>(
      `select count(*) from (select 1 from vocabulary where tenant_id = ? limit ${WORDS_OF_A_TENANT})`,
    )
    .pluck();
  /** How many more words each tenant may have, counted once: what other processes add meanwhile is not noticed. */
  const room = new Map<string, number>();
  const select = client
    .prepare<[object], string>(`
      select word from (
        select word from vocabulary
        where tenant_id = @tenantId and word >= @initial and word < @initial || char(0x10ffff)
        limit ${WORDS_LOOKED_THROUGH}
      )
      where length(word) between @shortest and @longest`)
    .pluck();

  return (tenantId) => ({
    add(texts) {
      const left = room.get(tenantId) ?? WORDS_OF_A_TENANT - (count.get(tenantId) ?? 0);
      if (left > 0) {
        const { changes } = insert.run({ tenantId, words: JSON.stringify(lettersOnly(texts.join("\n"))) });
        room.set(tenantId, left - changes);
      } else room.set(tenantId, left);
    },
    forget(texts, isInUse) {
      for (const word of lettersOnly(texts.join("\n"))) {
        if (isInUse(word)) continue;
        const { changes } = remove.run({ tenantId, word });
        const left = room.get(tenantId);
        if (left !== undefined) room.set(tenantId, left + changes);
      }
    },
    find: (shape) => select.all({ tenantId, ...shape }),
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
