import { CsvError, parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import type { ExportedVersion } from "../../domain/exchanged.ts";
import { contentProblem, derivedName, type Found, readFields } from "../prompt-draft.ts";
import { lossOf } from "./folder-writer.ts";
import type { FormatReader, FormatWriter, Loss } from "./format.ts";

/** The columns of prompts.chat's own file, in its order. */
const COLUMNS = ["act", "prompt", "for_devs", "type", "contributor"] as const;
/** What is said there by columns is said here by tags. */
const FOR_DEVS = "for-devs";
const TYPE = /^type:([a-z]+)$/;
const PLAIN_TYPE = "text";
/** 4 MiB: more than the largest content takes with every character quoted. */
const MAX_RECORD_BYTES = 4 * 1024 * 1024;

interface Row {
  readonly record: Readonly<Record<string, string>>;
  readonly info: { readonly lines: number; readonly error?: unknown };
}

/** The CSV of prompts.chat, and any other with a column `prompt` (or `content`) and one for the title. */
export const readPromptsChat: FormatReader = function* ({ text }) {
  let rows: readonly Row[];
  try {
    // Boundary: with `info` the parser gives this for each record, which its types do not tell.
    rows = parse(text, {
      bom: true,
      columns: (header: string[]) => header.map((column) => column.trim().toLowerCase()),
      info: true,
      max_record_size: MAX_RECORD_BYTES,
      record_delimiter: ["\r\n", "\n"],
      relax_column_count: true,
      skip_empty_lines: true,
    }) as unknown as readonly Row[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error["lines"] === "number" ? error["lines"] : undefined;
    return yield {
      line,
      message: `This is not valid CSV: ${REASONS[error.code] ?? "a quote is not closed, or stands in a field without quotes"}.`,
    };
  }
  if (rows.length === 0) return yield { line: 1, message: "There are no prompts in this file." };
  // A record's line is told by its end; it begins after the end of the one before.
  let line = 2;
  for (const { record, info } of rows) {
    yield info.error === undefined
      ? readRecord(record, line)
      : { line, message: "The record has more or fewer fields than there are columns." };
    line = info.lines + 1;
  }
};

const REASONS: Readonly<Record<string, string>> = {
  CSV_MAX_RECORD_SIZE: "a record is larger than 4 MiB",
  CSV_INVALID_COLUMN_MAPPING: "its first line does not name the columns",
};

const USED = ["act", "prompt", "content", "for_devs", "type"];

function readRecord(record: Readonly<Record<string, string>>, line: number): Found {
  const content = record["prompt"] ?? record["content"];
  if (content === undefined) return { line, message: "There is no column prompt in this file." };
  const problem = contentProblem(content);
  if (problem !== undefined) return { line, message: problem };
  const { for_devs: forDevs = "", type = "" } = record;
  const told = `type:${type.trim().toLowerCase()}`;
  const tags = [
    ...(record["tags"]?.split(",") ?? []),
    ...(/^(?:true|1|yes)$/i.test(forDevs.trim()) ? [FOR_DEVS] : []),
    ...(TYPE.test(told) && told !== `type:${PLAIN_TYPE}` ? [told] : []),
  ].filter((tag) => tag.trim() !== "");
  const read = readFields({ ...record, title: record["title"] ?? record["act"], tags }, USED);
  if ("message" in read) return { line, message: read.message };
  const { name, ...fields } = read.fields;
  return {
    line,
    draft: {
      name: name === undefined ? derivedName(fields.title, content) : { value: name, derived: false },
      ...fields,
      content,
    },
    ignored: read.ignored.filter((key) => record[key] !== ""),
  };
}

/** In the order of titles and texts: a prompt that is read again has another name, and must not change the file by it. */
export const promptsChatWriter: FormatWriter = {
  layout: "file",
  holdsHistory: false,
  isWhole: true,
  mediaType: "text/csv",
  write(versions) {
    const rows = [...versions]
      .sort(byTitle)
      .map(({ title, content, tags }) => [
        title,
        content,
        tags.includes(FOR_DEVS) ? "TRUE" : "FALSE",
        (tags.flatMap((tag) => TYPE.exec(tag)?.[1] ?? [])[0] ?? PLAIN_TYPE).toUpperCase(),
        "",
      ]);
    // As prompts.chat quotes: also what begins or ends with a blank.
    const text = stringify([[...COLUMNS], ...rows], { quoted_match: /^\s|\s$|\r/ });
    return { files: [{ path: "prompts.csv", text }], losses: versions.flatMap(lossesOf) };
  },
};

function lossesOf(version: ExportedVersion): Loss[] {
  const { name, title, content, tags } = version;
  const isCarried = (tag: string, index: number) =>
    tag === FOR_DEVS || (TYPE.test(tag) && index === tags.findIndex((other) => TYPE.test(other)));
  return [
    ...(derivedName(title, content).value === name ? [] : [{ kind: "name", name } as const]),
    ...(tags.every(isCarried) ? [] : [{ kind: "tags", name } as const]),
    ...(["description", "messages", "input_schema", "config", "labels", "change_note"] as const).flatMap(
      (kind) => lossOf(version, kind),
    ),
  ];
}

function byTitle(one: ExportedVersion, other: ExportedVersion): number {
  return (
    compare(one.title, other.title) || compare(one.content, other.content) || compare(one.name, other.name)
  );
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
