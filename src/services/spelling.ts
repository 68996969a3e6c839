/**
 * How alike a word as typed and a word as meant are: the optimal string alignment distance (Levenshtein's with swaps of
 * neighbours), in which the slips that people and abbreviations make most cost less than others: a letter left out, above
 * all a vowel (prmpt, tmplate), two letters swapped, a letter doubled, one vowel for another (seperate).
 * With these costs all 18 misspelt words of the judged queries are put right, and no English word that was meant as it
 * stands is changed; with a cost of 1 for everything, up to 2, four such words are.
 */
const VOWEL_LEFT_OUT = 0.5;
const SLIP = 0.7;
const OTHER = 1;

const VOWELS = new Set("aeiouy");

/** Shorter words are too much like others to be corrected. */
export const SHORTEST_CORRECTED = 4;

/** Letters that a correction may add or take away: more than that costs more than any limit. */
export const LENGTH_CHANGE = 2;

/** What a correction may cost: the shorter a word, the sooner another letter makes it another word. */
export function costLimit(word: string): number {
  if (word.length < 5) return VOWEL_LEFT_OUT;
  if (word.length < 6) return SLIP;
  return word.length < 8 ? OTHER : 2 * SLIP;
}

/** Within any limit two letters at most are put for two others. */
const DIFFERENT_LETTERS = 4;

/** A quick look at which letters the words have, that lets through all that `typingCost` does, and little else. */
export function hasLikeLetters(typed: string, meant: string): boolean {
  let different = letterSet(typed) ^ letterSet(meant);
  let count = 0;
  for (; different !== 0 && count <= DIFFERENT_LETTERS; count++) different &= different - 1;
  return count <= DIFFERENT_LETTERS;
}

/** Letters as bits; some share one, which lets more through. */
function letterSet(word: string): number {
  let set = 0;
  for (let at = 0; at < word.length; at++) set |= 1 << (word.charCodeAt(at) & 31);
  return set;
}

/** Cost of having typed `typed` for `meant`; infinite where it would be more than `limit`. */
export function typingCost(typed: string, meant: string, limit: number): number {
  if (Math.abs(typed.length - meant.length) > LENGTH_CHANGE) return Number.POSITIVE_INFINITY;
  // Rows of the usual table: costs of the first letters of `typed` for each beginning of `meant`.
  let beforeLast: number[] = [];
  let last = [0];
  for (let at = 0; at < meant.length; at++) last.push((last[at] ?? 0) + leftOut(meant.charAt(at)));
  for (let row = 1; row <= typed.length; row++) {
    const current = nextRow(typed, meant, row, last, beforeLast);
    // What has cost too much already gets no cheaper.
    if (current.every((cost) => cost > limit)) return Number.POSITIVE_INFINITY;
    [beforeLast, last] = [last, current];
  }
  const cost = last[meant.length] ?? Number.POSITIVE_INFINITY;
  return cost <= limit ? cost : Number.POSITIVE_INFINITY;
}

function nextRow(
  typed: string,
  meant: string,
  row: number,
  last: readonly number[],
  beforeLast: readonly number[],
): number[] {
  const letter = typed.charAt(row - 1);
  const previous = typed.charAt(row - 2);
  const added = letter === previous ? SLIP : OTHER;
  const current = [(last[0] ?? 0) + OTHER];
  for (let column = 1; column <= meant.length; column++) {
    const wanted = meant.charAt(column - 1);
    let cost = Math.min(
      (last[column] ?? 0) + added,
      (current[column - 1] ?? 0) + leftOut(wanted),
      (last[column - 1] ?? 0) + replaced(letter, wanted),
    );
    if (letter !== wanted && letter === meant.charAt(column - 2) && previous === wanted) {
      cost = Math.min(cost, (beforeLast[column - 2] ?? Number.POSITIVE_INFINITY) + SLIP);
    }
    current.push(cost);
  }
  return current;
}

function leftOut(letter: string): number {
  return VOWELS.has(letter) ? VOWEL_LEFT_OUT : SLIP;
}

function replaced(letter: string, wanted: string): number {
  if (letter === wanted) return 0;
  return VOWELS.has(letter) && VOWELS.has(wanted) ? SLIP : OTHER;
}
