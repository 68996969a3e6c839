import type { z } from "zod";
import { AppError } from "../../domain/errors.ts";
import {
  type CorpusPrompt,
  corpusPromptSchema,
  type JudgedQuery,
  judgedQuerySchema,
} from "../../domain/search-evaluation.ts";
import { readInputFile } from "./input-file.ts";
import type { Io } from "./io.ts";

/** Queries with their judgments, one JSON object a line. Throws `invalid_input` that names the file and the line. */
export async function readJudgedQueries(file: string, io: Io): Promise<JudgedQuery[]> {
  const queries = await readLines(file, io, judgedQuerySchema);
  if (queries.length === 0) throw new AppError("invalid_input", `${file} holds no queries.`);
  return queries;
}

/** The prompts that were judged, as they were imported. */
export function readCorpus(file: string, io: Io): Promise<CorpusPrompt[]> {
  return readLines(file, io, corpusPromptSchema);
}

async function readLines<Item>(file: string, io: Io, schema: z.ZodType<Item>): Promise<Item[]> {
  const { text } = await readInputFile(file, io);
  return text.split("\n").flatMap((line, at) => {
    if (line.trim() === "") return [];
    const read = schema.safeParse(parsed(line));
    if (read.success) return [read.data];
    const [issue] = read.error.issues;
    const what =
      issue === undefined ? "" : ` ${[issue.path.join("."), issue.message].filter(Boolean).join(": ")}`;
    throw new AppError("invalid_input", `${file}:${at + 1}: not as it should be.${what}`);
  });
}

/** `undefined`, which no schema takes, where it is no JSON. */
function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
