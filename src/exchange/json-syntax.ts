import type { Flaw } from "./prompt-draft.ts";

/** `JSON.parse` whose error has a line and no piece of the text in it. */
export function parseJson(text: string): { readonly value: unknown } | Flaw {
  const parsed = parse(text);
  if ("value" in parsed) return parsed;
  return { line: failureLine(text), message: `This is not valid JSON: ${parsed.reason}.` };
}

interface Failure {
  /** What the engine says, without the piece of the text that it may quote. */
  readonly reason: string;
  /** The text is well-formed as far as it goes. */
  readonly isAtEnd: boolean;
}

function parse(text: string): { readonly value: unknown } | Failure {
  try {
    return { value: JSON.parse(text) };
  } catch (thrown) {
    if (!(thrown instanceof SyntaxError)) throw thrown;
    const { message } = thrown;
    // V8 names a position for all but these two; only the second quotes the text.
    if (message === "Unexpected end of JSON input") return { reason: "it ends too early", isAtEnd: true };
    if (message.startsWith("Unexpected token")) return { reason: "unexpected character", isAtEnd: false };
    const [, reason = "it cannot be read", position] =
      /^(.+?)(?: in JSON)? at position (\d+)/.exec(message) ?? [];
    return {
      reason: reason.charAt(0).toLowerCase() + reason.slice(1),
      isAtEnd: Number(position) === text.length,
    };
  }
}

/**
 * The first line that breaks the text. The lines before it are well-formed as far as they go, since
 * no JSON token spans lines; so it is found by halving, whether or not the engine gives a position.
 */
function failureLine(text: string): number {
  const ends = Array.from(text.matchAll(/\n|$/g), ({ index }) => index + 1);
  let sound = 0;
  let broken = text.trimEnd().split("\n").length;
  while (broken - sound > 1) {
    const middle = Math.floor((sound + broken) / 2);
    const start = parse(text.slice(0, ends[middle - 1]));
    if ("value" in start || start.isAtEnd) sound = middle;
    else broken = middle;
  }
  return broken;
}
