import { readJsonPrompts } from "../json-prompts.ts";
import { claudeCommandWriter, readClaudeCommand } from "./claude-command.ts";
import { dotpromptWriter, readDotprompt } from "./dotprompt.ts";
import type { FormatName, FormatReader, FormatWriter, ReadableFormat } from "./format.ts";
import { jsonLinesWriter, readJsonLinesText } from "./json-lines.ts";
import { langfuseWriter } from "./langfuse.ts";
import { markdownWriter, readMarkdown, readPlainText } from "./markdown.ts";
import { promptsChatWriter, readPromptsChat } from "./prompts-chat.ts";
import { readSkill, skillWriter } from "./skill.ts";

/** The one list of what each format is written by. */
export const WRITERS: Readonly<Record<FormatName, FormatWriter>> = {
  jsonl: jsonLinesWriter,
  markdown: markdownWriter,
  dotprompt: dotpromptWriter,
  skill: skillWriter,
  "claude-command": claudeCommandWriter,
  "prompts-chat": promptsChatWriter,
  langfuse: langfuseWriter,
};

/** And read by. */
export const READERS: Readonly<Record<ReadableFormat, FormatReader>> = {
  jsonl: readJsonLinesText,
  json: ({ text }) => readJsonPrompts(text),
  markdown: readMarkdown,
  dotprompt: readDotprompt,
  skill: readSkill,
  "claude-command": readClaudeCommand,
  "prompts-chat": readPromptsChat,
  langfuse: ({ text }) => readJsonPrompts(text, true),
  text: readPlainText,
};

/** Files of a folder that an explicit format is for, by how they end. */
export const EXTENSIONS: Readonly<Record<FormatName, readonly string[]>> = {
  jsonl: [".jsonl", ".ndjson"],
  markdown: [".md", ".markdown"],
  dotprompt: [".prompt"],
  skill: ["SKILL.md"],
  "claude-command": [".md"],
  "prompts-chat": [".csv"],
  langfuse: [".json"],
};
