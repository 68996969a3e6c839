import { findArguments } from "../../domain/prompt-body.ts";
import { joinFrontMatter } from "../front-matter.ts";
import { readPromptText, textDraft } from "../text-prompt.ts";
import { fromCommandText, toCommandText } from "./command-arguments.ts";
import { nameToTell, writeFolder } from "./folder-writer.ts";
import type { FormatReader, LossKind } from "./format.ts";

/** Keys of ours, which Claude Code passes over. Its own `name` is only shown, so that ours has another key. */
const NAME = "promptforge-name";
const BODY = "promptforge-body";
/** Of a text in which nothing stands for an argument, whatever it looks like. */
const AS_WRITTEN = "as-written";
const RUNS_COMMAND = /!`[^`\n]+`/;

/** A command of Claude Code: front matter and a text in which `$ARGUMENTS` and `$name` stand for arguments. */
export const readClaudeCommand: FormatReader = function* ({ path, name, text }) {
  const read = readPromptText(withQuotedHint(text), {
    fieldsOf: ({ name: _, [NAME]: own, ...values }) => ({
      ...values,
      ...(own === undefined ? {} : { name: own }),
    }),
    others: ["argument-hint", "arguments", BODY],
  });
  if ("message" in read) return yield read;
  const { name: own = name, ...fields } = read.fields;
  const values: Readonly<Record<string, unknown>> = { ...read.frontMatter?.values };
  const content =
    values[BODY] === AS_WRITTEN
      ? read.content
      : fromCommandText(read.content, {
          names: wordsOf(values["arguments"]),
          hints: hintsOf(values["argument-hint"]),
        });
  yield textDraft({ ...read, content, path, name: own, fields, hasHeadings: true });
};

export const claudeCommandWriter = writeFolder({
  extension: ".md",
  losses: ["messages", "input_schema", "config", "labels", "change_note"],
  lossesOf({ content }) {
    const { isFilled, isRespaced } = toCommandText(content);
    const losses: LossKind[] = [];
    if (!isFilled) losses.push("unfilled");
    if (isRespaced) losses.push("spacing");
    if (RUNS_COMMAND.test(content)) losses.push("commands");
    return losses;
  },
  textOf({ name, title, description, tags, content }, path) {
    const { text, isFilled } = toCommandText(content);
    const names = isFilled ? findArguments({ content }).map((argument) => argument.name) : [];
    const fields = {
      description,
      "argument-hint": names.map((argument) => `[${argument}]`).join(" "),
      // One argument is all that is typed; several are told apart by their names.
      arguments: names.length > 1 ? names : [],
      title,
      tags,
      [NAME]: nameToTell(name, path),
      [BODY]: isFilled ? undefined : AS_WRITTEN,
    };
    return joinFrontMatter(fields, text);
  },
});

/** `argument-hint: [one] [two]`, as everybody writes it, is not YAML. */
function withQuotedHint(text: string): string {
  const end = text.search(/\n---[ \t]*\r?\n/);
  const head = text
    .slice(0, Math.max(end, 0))
    .replace(
      /^(argument-hint:[ \t]*)(\[[^\r\n]*)/m,
      (_, key: string, hint: string) => `${key}'${hint.replaceAll("'", "''")}'`,
    );
  return head + text.slice(Math.max(end, 0));
}

/** A list, or words with blanks or commas between. */
function wordsOf(value: unknown): string[] {
  const words = typeof value === "string" ? value.split(/[\s,]+/) : Array.isArray(value) ? value : [];
  return words.filter((word) => typeof word === "string" && word !== "");
}

/** The names in `[pr-number] [branch]`. */
function hintsOf(value: unknown): string[] {
  return typeof value === "string" ? (value.match(/[A-Za-z_][A-Za-z0-9_-]{0,63}/g) ?? []) : [];
}
