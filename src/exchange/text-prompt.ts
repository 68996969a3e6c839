import { titleSchema } from "../domain/prompt.ts";
import { titleFromPath } from "./file-format.ts";
import { type FrontMatter, splitFrontMatter } from "./front-matter.ts";
import { contentProblem, type Flaw, type Found, type PromptFields, readFields } from "./prompt-draft.ts";

export interface TextPrompt {
  /** What the front matter says; nothing without one. */
  readonly fields: PromptFields;
  /** Its keys that are not taken. */
  readonly ignored: readonly string[];
  readonly frontMatter: FrontMatter | undefined;
  /** The text without the front matter, and without the newline at the end of the file. */
  readonly content: string;
}

/** What a format makes of its front matter before the known fields are taken from it. */
export interface FieldReading {
  readonly fieldsOf?: (values: Readonly<Record<string, unknown>>) => object;
  /** Keys that the format takes by itself. */
  readonly others?: readonly string[];
}

/**
 * A text taken apart into the fields of its front matter and its content. A text whose lines all end as on Windows, as
 * git leaves them there, is read as if they did not: only one that has both kinds of ends means them.
 */
export function readPromptText(source: string, { fieldsOf, others }: FieldReading = {}): TextPrompt | Flaw {
  const text = /(?<!\r)\n/.test(source) ? source : source.replaceAll("\r\n", "\n");
  const split = splitFrontMatter(text);
  if ("message" in split) return split;
  const { frontMatter, body } = split;
  const values = { ...frontMatter?.values };
  const read = readFields(fieldsOf?.(values) ?? values, others);
  if ("fields" in read) {
    return { fields: read.fields, ignored: read.ignored, frontMatter, content: withoutLastNewline(body) };
  }
  const line = read.field === undefined ? undefined : frontMatter?.lineOf(read.field);
  return { line: line ?? 1, message: read.message };
}

/** The newline that ends a file is the file's. */
export function withoutLastNewline(text: string): string {
  return text.replace(/\r?\n$/, "");
}

export interface TextDraft {
  readonly path: string;
  /** The prompt's name, as the author chose it. */
  readonly name: string;
  readonly fields: Omit<PromptFields, "name">;
  readonly content: string;
  readonly ignored?: readonly string[];
  /** Whether its first heading may be the title. */
  readonly hasHeadings: boolean;
}

/** The one prompt of a text file. Without a title of its own it has that of its first heading, or of the file. */
export function textDraft({ path, name, fields, content, ignored, hasHeadings }: TextDraft): Found {
  const problem = contentProblem(content);
  if (problem !== undefined) return { line: undefined, message: problem };
  const heading = hasHeadings ? firstHeading(content) : undefined;
  const title =
    fields.title ?? [heading, titleFromPath(path)].find((text) => titleSchema.safeParse(text).success);
  return {
    line: undefined,
    draft: {
      name: { value: name, derived: false },
      ...fields,
      ...(title !== undefined && { title }),
      content,
    },
    ignored,
  };
}

const HEADING = /^ {0,3}#{1,6}[ \t]/;

/** The text of the first `# heading` of a Markdown text that is not empty and not inside a fenced block of code. */
function firstHeading(markdown: string): string | undefined {
  let fence: string | undefined;
  for (const line of markdown.split(/\r?\n/)) {
    const mark = /^ {0,3}(```|~~~)/.exec(line)?.[1];
    if (fence !== undefined) {
      if (mark === fence) fence = undefined;
    } else if (mark !== undefined) {
      fence = mark;
    } else {
      const start = HEADING.exec(line)?.[0];
      const heading = start === undefined ? "" : withoutClosing(line.slice(start.length).trim());
      if (heading !== "") return heading;
    }
  }
  return undefined;
}

/** `Title ##` is the title alone. By hand: a regular expression tries each run of blanks in a long line anew. */
function withoutClosing(heading: string): string {
  let end = heading.length;
  while (heading[end - 1] === "#") end -= 1;
  return /[ \t]/.test(heading[end - 1] ?? "") ? heading.slice(0, end).trimEnd() : heading;
}
