import { titleSchema } from "../domain/prompt.ts";
import { type FileFormat, titleFromPath } from "./file-format.ts";
import { splitFrontMatter } from "./front-matter.ts";
import { contentProblem, type Found, readFields } from "./prompt-draft.ts";

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
  const split = file.format === "text" ? { body: text, bodyLine: 1 } : splitFrontMatter(text);
  if ("message" in split) return split;
  const { frontMatter, bodyLine } = split;
  const read = readFields(frontMatter?.values ?? {});
  if ("message" in read) {
    const line = read.field === undefined ? undefined : frontMatter?.lineOf(read.field);
    return { line: line ?? 1, message: read.message };
  }
  const content = split.body.replace(/\r?\n$/, "");
  const problem = contentProblem(content);
  if (problem !== undefined) return { line: bodyLine, message: problem };

  const { name, ...fields } = read.fields;
  const title = fields.title ?? titleOf(file, content);
  return {
    line: 1,
    draft: {
      name: { value: name ?? file.name, derived: false },
      ...fields,
      ...(title !== undefined && { title }),
      content,
    },
  };
}

function titleOf(file: TextFile, content: string): string | undefined {
  const heading = file.format === "markdown" ? firstHeading(content) : undefined;
  return [heading, titleFromPath(file.path)].find((title) => titleSchema.safeParse(title).success);
}

/** The text of the first `# heading` of a Markdown text that is not inside a fenced block of code. */
function firstHeading(markdown: string): string | undefined {
  let fence: string | undefined;
  for (const line of markdown.split(/\r?\n/)) {
    const mark = /^ {0,3}(```|~~~)/.exec(line)?.[1];
    if (fence !== undefined) {
      if (mark === fence) fence = undefined;
    } else if (mark !== undefined) {
      fence = mark;
    } else {
      const heading = /^ {0,3}#{1,6}[ \t]+(.+)$/.exec(line)?.[1];
      if (heading !== undefined) return heading.replace(/[ \t]+#+[ \t]*$/, "").trim();
    }
  }
  return undefined;
}
