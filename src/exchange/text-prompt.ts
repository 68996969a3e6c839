import { titleSchema } from "../domain/prompt.ts";
import { type FileFormat, titleFromPath } from "./file-format.ts";
import { splitFrontMatter } from "./front-matter.ts";
import { contentProblem, type Flaw, type Found, type PromptFields, readFields } from "./prompt-draft.ts";

export interface TextFile {
  readonly path: string;
  readonly format: FileFormat;
  /** The name that the file's path gives. */
  readonly name: string;
}

/**
 * The one prompt of a Markdown, dotprompt or plain text file. The content is the text as it stands,
 * without the front matter and without one final newline. Dotprompt's settings of model, input and
 * output are ignored.
 */
export function readTextPrompt(file: TextFile, text: string): Found {
  const read = file.format === "text" ? { fields: {}, body: text } : readPromptText(text);
  if ("message" in read) return read;
  const content = read.body.replace(/\r?\n$/, "");
  const problem = contentProblem(content);
  if (problem !== undefined) return { line: undefined, message: problem };

  const { name, ...fields }: PromptFields = read.fields;
  const title = fields.title ?? titleOf(file, content);
  return {
    line: undefined,
    draft: {
      name: { value: name ?? file.name, derived: false },
      ...fields,
      ...(title !== undefined && { title }),
      content,
    },
  };
}

export interface PromptText {
  /** What the front matter says; nothing without one. */
  readonly fields: PromptFields;
  readonly body: string;
}

/** A text taken apart into the fields of its front matter and its body. */
export function readPromptText(text: string): PromptText | Flaw {
  const split = splitFrontMatter(text);
  if ("message" in split) return split;
  const { frontMatter, body } = split;
  const read = readFields(frontMatter?.values ?? {});
  if ("fields" in read) return { fields: read.fields, body };
  const line = read.field === undefined ? undefined : frontMatter?.lineOf(read.field);
  return { line: line ?? 1, message: read.message };
}

function titleOf(file: TextFile, content: string): string | undefined {
  const heading = file.format === "markdown" ? firstHeading(content) : undefined;
  return [heading, titleFromPath(file.path)].find((title) => titleSchema.safeParse(title).success);
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
