import { findArguments } from "../../domain/prompt-body.ts";

/** Placeholders of ours, with or without blanks inside. */
const PLACEHOLDER = /\{\{\s{0,8}([A-Za-z_][A-Za-z0-9_-]{0,63})\s{0,8}\}\}/g;
/** What stands for all that was typed, one piece of it, or a named piece. A name ends where no letter of one follows. */
const REFERENCE =
  /\$(?:ARGUMENTS\[(\d{1,3})\]|(\d{1,3})(?!\d)|([A-Za-z_][A-Za-z0-9_-]{0,63})(?![A-Za-z0-9_-]))/g;
const ALL = "ARGUMENTS";
const USABLE = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;

export interface CommandText {
  readonly text: string;
  /** Whether Claude Code fills the arguments; else the text is the content as it was. */
  readonly isFilled: boolean;
  /** Whether blanks inside of placeholders were left out. */
  readonly isRespaced: boolean;
}

/**
 * A content as the text of a command: its one argument as `$ARGUMENTS`, several by name. Where that read back would be
 * another content, since the text has something like `$1` in it or a letter follows on an argument, it stays as it was.
 */
export function toCommandText(content: string): CommandText {
  const names = findArguments({ content }).map(({ name }) => name);
  const [only] = names;
  const isTaken = (name: string) => names.includes(name);
  const plain = content.replace(PLACEHOLDER, (all, name: string) => (isTaken(name) ? `{{${name}}}` : all));
  const text = plain.replace(PLACEHOLDER, (all, name: string) => {
    if (!isTaken(name)) return all;
    return names.length === 1 ? `$${ALL}` : `$${name}`;
  });
  const told =
    names.length === 1 && only !== undefined ? { names: [], hints: [only] } : { names, hints: names };
  const isFilled = fromCommandText(text, told) === plain;
  return isFilled
    ? { text, isFilled, isRespaced: plain !== content }
    : { text: content, isFilled, isRespaced: false };
}

/**
 * The text of a command as a content. Pieces are counted from 0, as Claude Code counts them by now, where `$0` or
 * `$ARGUMENTS[0]` occurs; otherwise `$1` is the first.
 * @param told the names of its arguments: declared, or only hinted at.
 */
export function fromCommandText(
  text: string,
  { names, hints }: { readonly names: readonly string[]; readonly hints: readonly string[] },
): string {
  const usable = (names.length > 0 ? names : hints).filter((name) => USABLE.test(name));
  const first = /\$(?:0(?!\d)|ARGUMENTS\[)/.test(text) ? 0 : 1;
  const piece = (index: number, from: number) => usable[index - from] ?? `arg${index - from + 1}`;
  return text.replace(REFERENCE, (all, indexed?: string, numbered?: string, named?: string) => {
    if (indexed !== undefined) return `{{${piece(Number(indexed), 0)}}}`;
    if (numbered !== undefined)
      return Number(numbered) < first ? all : `{{${piece(Number(numbered), first)}}}`;
    if (named === ALL) return `{{${usable.length === 1 ? usable[0] : "arguments"}}}`;
    return named !== undefined && names.includes(named) ? `{{${named}}}` : all;
  });
}
