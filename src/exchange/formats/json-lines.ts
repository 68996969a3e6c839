import type { ExportedVersion } from "../../domain/exchanged.ts";
import { readJsonLine } from "../json-prompts.ts";
import { lostLabels } from "./folder-writer.ts";
import type { FormatReader, FormatWriter } from "./format.ts";

/** JSON Lines in memory; files are streamed by `readJsonLines`. Only LF ends a line. */
export const readJsonLinesText: FormatReader = function* ({ text }) {
  let isEmpty = true;
  let number = 0;
  for (const line of text.split("\n")) {
    number += 1;
    if (line.trim() === "") continue;
    isEmpty = false;
    yield readJsonLine(line, number);
  }
  if (isEmpty) yield { line: undefined, message: "The file is empty." };
};

/** A version a line, those of a prompt one after the other: all that belongs to a prompt but who made it, and when. */
export const jsonLinesWriter: FormatWriter = {
  layout: "file",
  holdsHistory: true,
  isWhole: false,
  mediaType: "application/jsonl",
  write: (versions) => ({
    files: [{ path: "prompts.jsonl", text: versions.map((version) => `${lineOf(version)}\n`).join("") }],
    losses: versions.flatMap(lostLabels),
  }),
};

function lineOf(version: ExportedVersion): string {
  const { labels, description, tags, content, messages, declared_schema, config, change_note } = version;
  return JSON.stringify({
    name: version.name,
    version: version.number,
    ...(labels.length > 0 && { labels: [...labels].sort() }),
    title: version.title,
    ...(description !== "" && { description }),
    ...(tags.length > 0 && { tags }),
    ...(messages === undefined ? { content } : { messages }),
    ...(declared_schema !== null && { input_schema: declared_schema }),
    ...(Object.keys(config).length > 0 && { config }),
    ...(change_note !== "" && { change_note }),
  });
}
