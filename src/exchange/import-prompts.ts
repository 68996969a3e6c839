import { type AppError, toAppError } from "../domain/errors.ts";
import type { ImportOutcome } from "../domain/exchanged.ts";
import type { AssembledPrompt, Problem } from "./assemble.ts";
import type { ReadSource } from "./prompt-reader.ts";

/** What became of one prompt: an outcome, or why the library refuses it. */
export type PutResult = ImportOutcome | { readonly outcome: "failed"; readonly message: string };

/** A library as an import uses it. Each call is the importing member's, with the rules and permissions of any other. */
export interface ImportTarget {
  /** Puts prompts in, each whole or not at all, and tells what became of each, in order. */
  put(prompts: readonly AssembledPrompt["prompt"][]): Promise<readonly PutResult[]>;
}

export interface ImportProblem extends ReadSource {
  readonly message: string;
}

export interface ImportReport {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly skipped: number;
  readonly problems: readonly ImportProblem[];
  /** What was done in another way than asked. */
  readonly notes: readonly ImportProblem[];
  /** What files say that has no place here, by key, with how many prompts say it. */
  readonly notTaken: Readonly<Record<string, number>>;
  /** What ended the import before its end: everything up to there is in. */
  readonly failure: AppError | undefined;
}

export interface ImportWork {
  readonly items: AsyncIterable<AssembledPrompt | Problem>;
  readonly target: ImportTarget;
  /** Ends the import between two batches. */
  readonly signal: AbortSignal;
  readonly onPrompts?: (count: number) => void;
  readonly onProblem?: (problem: ImportProblem) => void;
}

/** What goes to the library at a time: so many prompts, or so many characters and the prompt that passes them. */
const BATCH_PROMPTS = 100;
const BATCH_CHARACTERS = 2 * 1024 * 1024;

/**
 * Makes the library hold each prompt, some at a time. A refused one is a problem with its place; the others go on. What is
 * reported as a problem comes after all that stood before it is in.
 */
export async function importPrompts(work: ImportWork): Promise<ImportReport> {
  const counts = { created: 0, updated: 0, unchanged: 0, skipped: 0 };
  const problems: ImportProblem[] = [];
  const notes: ImportProblem[] = [];
  const notTaken = new Map<string, number>();
  const report = (failure: AppError | undefined): ImportReport => ({
    ...counts,
    problems,
    notes,
    notTaken: Object.fromEntries(notTaken),
    failure,
  });
  const refuse = ({ path, line }: ReadSource, message: string) => {
    const problem = { path, line, message };
    problems.push(problem);
    work.onProblem?.(problem);
  };
  let batch: AssembledPrompt[] = [];
  let characters = 0;
  const flush = async () => {
    const sent = batch;
    batch = [];
    characters = 0;
    if (sent.length === 0) return;
    const results = await work.target.put(sent.map(({ prompt }) => prompt));
    for (const [index, { source, ignored }] of sent.entries()) {
      const result = results[index];
      if (result === undefined || result.outcome === "failed") {
        refuse(source, result?.message ?? "The library did not tell what became of it.");
        continue;
      }
      counts[result.outcome] += 1;
      for (const message of result.notes) notes.push({ ...source, message });
      for (const key of ignored) notTaken.set(key, (notTaken.get(key) ?? 0) + 1);
    }
    work.onPrompts?.(sent.length);
  };
  try {
    for await (const item of work.items) {
      if (work.signal.aborted) break;
      if (item.kind === "problem") {
        await flush();
        refuse(item.source, item.message);
        continue;
      }
      batch.push(item);
      characters += item.prompt.versions.reduce((sum, { content }) => sum + content.length, 0);
      if (batch.length >= BATCH_PROMPTS || characters >= BATCH_CHARACTERS) await flush();
    }
    if (!work.signal.aborted) await flush();
  } catch (error) {
    return report(toAppError(error));
  }
  return report(undefined);
}
