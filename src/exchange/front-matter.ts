import { Document, isMap, isScalar, LineCounter, parseDocument } from "yaml";
import type { Flaw } from "./prompt-draft.ts";

export interface FrontMatter {
  /** The top level of the YAML as plain data. Scalars are strings, as they were written, or null. */
  readonly values: object;
  /** The same with numbers, booleans and the rest of JSON as they are meant. */
  typed(): Readonly<Record<string, unknown>>;
  /** The line of the file on which a key stands. */
  lineOf(key: string): number;
}

export interface SplitText {
  /** Absent when the text does not begin with `---`. */
  readonly frontMatter?: FrontMatter;
  readonly body: string;
}

const OPENING = /^---[ \t]*\r?\n/;
const CLOSING = /(?:^|\n)---[ \t]*(?:\r?\n|$)/;
const FIRST_LINE = 2;

/** Far above any real front matter, and little enough that no nesting in it can exhaust the parser. */
const MAX_LENGTH = 128 * 1024;
/** An alias is shorthand in a front matter; hundreds of them are an attack by expansion. */
const MAX_ALIASES = 50;

/** For the two mistakes that titles and descriptions invite. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  ["BLOCK_AS_IMPLICIT_KEY", ' (put quotes around a value that has ": " in it)'],
  ["NON_STRING_KEY", " (put quotes around a value that begins with a brace)"],
]);

/**
 * A text with a front matter, which `splitFrontMatter` takes apart into the same fields and the same body. What is
 * `undefined` or empty is left out; lists stand on one line.
 */
export function joinFrontMatter(fields: Readonly<Record<string, unknown>>, body: string): string {
  const given = Object.entries(fields).filter(([, value]) => !isEmpty(value));
  // What YAML 1.1 takes for a yes, a number or a date is quoted, too: many readers still do.
  const document = new Document(Object.fromEntries(given), { compat: "yaml-1.1" });
  for (const [key, value] of given) {
    if (Array.isArray(value)) document.set(key, document.createNode(value, { flow: true }));
  }
  const head = document.toString({ lineWidth: 0, flowCollectionPadding: false });
  // A newline after a carriage return would make one line end of them.
  return `---\n${head}---\n\n${body}${body.endsWith("\r") ? "" : "\n"}`;
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
}

/**
 * Splits a text into its YAML front matter, between two lines of `---`, and its body. One blank line
 * after the front matter belongs to neither, as one final newline does not belong to the content.
 */
export function splitFrontMatter(text: string): SplitText | Flaw {
  const opening = OPENING.exec(text);
  if (opening === null) return { body: text };
  const rest = text.slice(opening[0].length);
  const closing = CLOSING.exec(rest);
  if (closing === null)
    return { line: 1, message: "The front matter that begins here is not closed by a line of ---." };
  const source = rest.slice(0, closing.index);
  if (source.length > MAX_LENGTH) {
    return {
      line: 1,
      message: `The front matter has ${source.length} characters; at most ${MAX_LENGTH} are read.`,
    };
  }
  const frontMatter = parseFrontMatter(source);
  if ("message" in frontMatter) return frontMatter;
  const body = rest.slice(closing.index + closing[0].length).replace(/^\r?\n/, "");
  return { frontMatter, body };
}

/**
 * Reads YAML by the failsafe schema and null: `title: 2024`, `tags: [no, 1.0]` stay what their author
 * wrote. What a tag such as !!binary makes instead of a string, the fields' schemas refuse.
 */
function parseFrontMatter(source: string): FrontMatter | Flaw {
  const lines = new LineCounter();
  const lineAt = (offset: number) => lines.linePos(offset).line + FIRST_LINE - 1;
  const document = parseDocument(source, {
    schema: "failsafe",
    customTags: ["null"],
    stringKeys: true,
    lineCounter: lines,
    prettyErrors: false,
  });
  const [error] = document.errors;
  if (error !== undefined) {
    return {
      line: lineAt(error.pos[0]),
      message: `The front matter is not valid YAML: ${error.message}${ADVICE.get(error.code) ?? ""}.`,
    };
  }
  const { contents } = document;
  if (contents === null) return { values: {}, typed: () => ({}), lineOf: () => FIRST_LINE };
  if (!isMap(contents))
    return { line: FIRST_LINE, message: "The front matter is not made of lines like title: Code review." };
  try {
    const values: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
    return {
      values: typeof values === "object" && values !== null ? values : {},
      typed: () => typedValues(source),
      lineOf: (key) => {
        const pair = contents.items.find(({ key: node }) => isScalar(node) && node.value === key);
        return isScalar(pair?.key) && pair.key.range ? lineAt(pair.key.range[0]) : FIRST_LINE;
      },
    };
  } catch (thrown) {
    // The library reports unknown and exploding aliases only here, and what is nested too deep maybe here.
    if (!(thrown instanceof ReferenceError || thrown instanceof RangeError)) throw thrown;
    return { line: FIRST_LINE, message: `The front matter cannot be resolved: ${thrown.message}.` };
  }
}

/** By the core schema, which is what JSON and dotprompt's own reader take for numbers; aliases were counted before. */
function typedValues(source: string): Readonly<Record<string, unknown>> {
  const values: unknown = parseDocument(source, {
    schema: "core",
    stringKeys: true,
    prettyErrors: false,
  }).toJS({
    maxAliasCount: MAX_ALIASES,
  });
  return typeof values === "object" && values !== null ? { ...values } : {};
}
