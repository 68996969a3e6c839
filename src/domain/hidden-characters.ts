import { type Advice, adviceFor } from "./advice.ts";

/**
 * Scripts that join and part letters with U+200C and U+200D in ordinary words [The Unicode Standard, 23.2].
 */
const JOINING =
  "[\\p{sc=Arab}\\p{sc=Beng}\\p{sc=Deva}\\p{sc=Gujr}\\p{sc=Guru}\\p{sc=Knda}\\p{sc=Khmr}\\p{sc=Mlym}\\p{sc=Mong}\\p{sc=Nkoo}\\p{sc=Orya}\\p{sc=Sinh}\\p{sc=Syrc}\\p{sc=Taml}\\p{sc=Telu}\\p{M}]";

/** Where what is not seen belongs: within an emoji, behind one to choose its looks, between letters that it joins. */
const AT_HOME = `\\p{RGI_Emoji}|\\p{Emoji}[\\uFE0E\\uFE0F]|(?<=${JOINING})[\\u200C\\u200D](?=${JOINING})`;

/** Characters that turn the order in which a text is shown away from the one in which it is read [UAX #9]. */
const TURNING = "[\\u202A-\\u202E\\u2066-\\u2069]";
/** Marks of direction, at home in a text with letters that are written from right to left. */
const DIRECTION = "[\\u200E\\u200F\\u061C]";

const HIDDEN = new RegExp(
  `(?<home>${AT_HOME})|(?<turning>${TURNING})|(?<direction>${DIRECTION})|(?<invisible>\\p{DI})`,
  "gv",
);
const RIGHT_TO_LEFT = /[\p{sc=Hebr}\p{sc=Arab}\p{sc=Syrc}\p{sc=Thaa}\p{sc=Nkoo}]/u;

/** What a reader does not see and a model reads all the same: invisible characters, and those that turn the order. */
export function adviseOnHiddenCharacters(content: string): Advice[] {
  const mixed = RIGHT_TO_LEFT.test(content);
  const invisible: { start: number; end: number }[] = [];
  const turning: { start: number; end: number }[] = [];
  for (const { 0: text, index: start, groups = {} } of content.matchAll(HIDDEN)) {
    const span = { start, end: start + text.length };
    if (groups["invisible"] !== undefined) invisible.push(span);
    else if (groups["turning"] !== undefined || (groups["direction"] !== undefined && !mixed))
      turning.push(span);
  }
  return [
    ...adviceFor(
      "invisible_characters",
      content,
      invisible,
      (count) =>
        `The content has ${count} ${count === 1 ? "character" : "characters"} that nobody sees and a model reads. Remove them unless they are meant.`,
    ),
    ...adviceFor(
      "bidirectional_characters",
      content,
      turning,
      (count) =>
        `The content has ${count} ${count === 1 ? "character" : "characters"} that change the order in which text is shown: it may read otherwise than it looks.`,
    ),
  ];
}
