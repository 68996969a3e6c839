import type { Span } from "../../domain/ports/search.ts";
import { WINDOW_TOKENS } from "./model-files.ts";

/** Finds the atoms of a text, which are what it may be cut between, and how many tokens each has. */
export interface TextMeasure {
  /**
   * All of the text but its white space, in order. The text has as many tokens as its atoms together, or less.
   * Offsets are UTF-16.
   */
  atoms(text: string): IterableIterator<{
    readonly start: number;
    readonly end: number;
    readonly tokens: { readonly length: number };
  }>;
}

/** Tokens for a text, heading included: the window without the tokens that start and end each input. */
export const TEXT_TOKENS = WINDOW_TOKENS - 2;
/** However long its heading, a piece has room for the longest word that is not read as unknown: 100 characters. */
const LEAST_ROOM = 100;
/** Tokens of a piece that are the end of the piece before, so that no sentence is only ever seen in two halves. */
const OVERLAP_TOKENS = 32;

/** Names this way of splitting in the index's fingerprint: raise it when the same text is split otherwise. */
export const CHUNKING = "chunks-1";

/** How good a place between two atoms is to cut at. */
const CUT = { inWord: 0, betweenWords: 1, sentence: 2, line: 3 } as const;
const SENTENCE_END = /[.!?\u2026\u3002\uff01\uff1f]/;

/**
 * Splits a text into pieces that fit the model's window with `heading` (and white space) in front, cut at ends of
 * lines and sentences where one is near, each but the first beginning with about 32 tokens of the one before.
 * Takes time in proportion to the text, which is tokenised once: tokens of its atoms add up.
 *
 * A heading is counted whole up to 154 tokens; of a longer one, the model reads the pieces in part.
 *
 * @param textTokens what a piece and its heading have at most; by default what fits the bundled model's window.
 */
export function splitText(
  textMeasure: TextMeasure,
  heading: string,
  text: string,
  textTokens: number = TEXT_TOKENS,
): Span[] {
  const atoms = measure(textMeasure, text);
  const { count, starts, ends } = atoms;
  if (count === 0) return [{ start: 0, end: text.length }];
  const headingTokens = measure(textMeasure, heading).tokens(0);
  const room = Math.max(textTokens - headingTokens, LEAST_ROOM);

  const spans: Span[] = [];
  for (let from = 0; ; ) {
    const to = endOfPiece(from);
    spans.push({ start: starts[from] ?? 0, end: ends[to - 1] ?? text.length });
    if (to === count) return spans;
    from = startOfNext(from, to);
  }

  /** The atom before which a piece ends that begins with the atom `from`: the best cut in the last quarter of the room. */
  function endOfPiece(from: number): number {
    let full = from + 1;
    while (full < count && atoms.tokens(from, full + 1) <= room) full++;
    if (full === count) return full;
    let best = full;
    for (let at = full - 1; at > from && atoms.tokens(from, at) >= room * 0.75; at--) {
      if (quality(at) > quality(best)) best = at;
    }
    return best;
  }

  /** The atom with which the next piece begins: the best cut about an overlap before the end of the last. */
  function startOfNext(from: number, to: number): number {
    const overlap = Math.min(OVERLAP_TOKENS, Math.floor(room / 4));
    let best = to;
    for (let at = to - 1; at > from; at--) {
      const shared = atoms.tokens(at, to);
      // The atom `to` must fit as well, or the next piece would be a part of this one.
      if (shared > overlap * 1.5 || atoms.tokens(at, to + 1) > room) break;
      const nearer = shared <= overlap && quality(at) === quality(best);
      if (shared >= overlap / 2 && (best === to || nearer || quality(at) > quality(best))) best = at;
    }
    return best;
  }

  /** How good a cut before the atom `at` is. */
  function quality(at: number): number {
    const end = ends[at - 1] ?? 0;
    const gap = text.slice(end, starts[at]);
    if (/[\r\n]/.test(gap)) return CUT.line;
    const last = text.charAt(end - 1);
    if (SENTENCE_END.test(last) && (gap !== "" || last > "\u3000")) return CUT.sentence;
    return gap === "" ? CUT.inWord : CUT.betweenWords;
  }
}

/** Where the atoms of a text are, and how many tokens those from one to before another have. */
function measure(textMeasure: TextMeasure, text: string) {
  const starts: number[] = [];
  const ends: number[] = [];
  const before = [0];
  let total = 0;
  for (const atom of textMeasure.atoms(text)) {
    starts.push(atom.start);
    ends.push(atom.end);
    total += atom.tokens.length;
    before.push(total);
  }
  return {
    starts,
    ends,
    count: starts.length,
    tokens: (from: number, to: number = starts.length) => (before[to] ?? total) - (before[from] ?? total),
  };
}
