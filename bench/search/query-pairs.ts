import { wordsIn } from "../../src/domain/words.ts";
import type { Random } from "./random.ts";

/**
 * Two queries of the same words in another order: as much work to embed and to look up, and yet neither finds the
 * vector of the other in the cache. One is for the floor, the other for what is measured.
 */
export type QueryPair = readonly [string, string];

const WORDS = { least: 2, most: 14 };
/** As many of the queries hold a slip as of those that people judged. */
const SLIPS_ONE_IN = 10;
const LEAST_LETTERS = 2;
/** Words this long are still recognised without a letter. */
const LEAST_LETTERS_OF_SLIP = 6;

/** Queries made of words of the topics; no query is given twice. */
export function queryPairs(topics: readonly string[], random: Random): () => QueryPair {
  const given = new Set<string>();
  const wordLists = topics
    .map((topic) => [...new Set(wordsIn(topic))].filter((word) => word.length >= LEAST_LETTERS))
    .filter((words) => words.length >= WORDS.least);

  function draw(): QueryPair {
    const words = [...random.pick(wordLists)];
    const wanted = WORDS.least + random.below(WORDS.most - WORDS.least + 1);
    while (words.length > wanted) words.splice(random.below(words.length), 1);
    if (random.below(SLIPS_ONE_IN) === 0) slip(words, random);
    const [first = "", ...others] = words;
    return [words.join(" "), [...others, first].join(" ")];
  }

  return () => {
    for (;;) {
      const pair = draw();
      if (pair.some((query) => given.has(query))) continue;
      for (const query of pair) given.add(query);
      return pair;
    }
  };
}

/** Leaves out a letter of one word. */
function slip(words: string[], random: Random): void {
  const at = words.findIndex((word) => word.length >= LEAST_LETTERS_OF_SLIP);
  const word = words[at];
  if (word === undefined) return;
  const letter = 1 + random.below(word.length - 2);
  words[at] = word.slice(0, letter) + word.slice(letter + 1);
}
