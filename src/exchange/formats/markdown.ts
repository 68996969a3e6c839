import { joinFrontMatter } from "../front-matter.ts";
import { readPromptText, textDraft, withoutLastNewline } from "../text-prompt.ts";
import { nameToTell, writeFolder } from "./folder-writer.ts";
import type { FormatReader } from "./format.ts";

const EXTENSION = ".md";

/** Markdown with front matter: name, title, description and tags, and the body as content. */
export const readMarkdown: FormatReader = function* ({ path, name, text }) {
  const read = readPromptText(text);
  if ("message" in read) return yield read;
  const { name: own = name, ...fields } = read.fields;
  yield textDraft({ ...read, path, name: own, fields, hasHeadings: true });
};

/** Plain text: all content, to the byte but for the newline at its end. */
export const readPlainText: FormatReader = function* ({ path, name, text }) {
  yield textDraft({ path, name, fields: {}, content: withoutLastNewline(text), hasHeadings: false });
};

export const markdownWriter = writeFolder({
  extension: EXTENSION,
  losses: ["messages", "input_schema", "config", "labels", "change_note"],
  textOf({ name, title, description, tags, content }, path) {
    return joinFrontMatter({ name: nameToTell(name, path), title, description, tags }, content);
  },
});
