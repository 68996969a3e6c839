import type { Span } from "../domain/ports/search.ts";

/** Length of a passage in UTF-16 units: a few lines, enough to judge a hit by. */
const LENGTH = 320;
/** How much of it stands before the first matched word. */
const LEAD = 60;

/** The part of a text that shows why it was found: in the span, around the first matched word that occurs there. */
export function passageOf(content: string, span: Span | undefined, words: readonly string[]): string {
  const text = span === undefined ? content : content.slice(span.start, span.end);
  const at = firstOccurrence(text, words);
  const start = at <= LEAD ? 0 : wordStart(text, at - LEAD);
  const end = start + LENGTH >= text.length ? text.length : wordEnd(text, start + LENGTH);
  const passage = text.slice(start, end).trim().toWellFormed();
  return `${start > 0 ? "…" : ""}${passage}${end < text.length ? "…" : ""}`;
}

function firstOccurrence(text: string, words: readonly string[]): number {
  const lower = text.toLowerCase();
  // Short words occur inside others and say little.
  const positions = words.filter((word) => word.length > 3).map((word) => lower.indexOf(word));
  const found = positions.filter((position) => position >= 0);
  return found.length === 0 ? 0 : Math.min(...found);
}

function wordStart(text: string, from: number): number {
  const space = text.slice(from, from + LEAD).search(/\s/);
  return space < 0 ? from : from + space + 1;
}

function wordEnd(text: string, to: number): number {
  const from = to - LEAD;
  const space = text.slice(from, to).search(/\s\S*$/);
  return space < 0 ? to : from + space;
}
