/** Control and invisible formatting characters: escape sequences, bidirectional overrides. */
const DRIVES_TERMINAL = /[^\P{Cc}\n\t]|[\p{Cf}--[\u200c\u200d]]/gv;

/** Stored text is written by others and must not drive the terminal: what would becomes a visible mark. */
export function printable(text: string): string {
  return text.replace(DRIVES_TERMINAL, "\ufffd");
}

/** As `printable` for a JSON document: what would drive the terminal is escaped, so that it parses to the same. */
export function printableJson(json: string): string {
  return json.replace(DRIVES_TERMINAL, (character) =>
    Array.from(
      { length: character.length },
      (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
    ).join(""),
  );
}

/** As `printable`, on one line. */
export function oneLine(text: string): string {
  return printable(text.replace(/\s+/gu, " ").trim());
}

/** `text` in at most `length` UTF-16 units, an ellipsis in place of what is cut. */
export function clip(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, Math.max(0, length - 1)).toWellFormed()}…`;
}

const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uff00-\uff60]/gu;

/** An estimate of the columns that a line takes: East Asian characters and emoji take two. */
export function columnsOf(text: string): number {
  return text.length + (text.match(WIDE)?.filter((character) => character.length === 1).length ?? 0);
}

/** A quoted word for a POSIX shell. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
