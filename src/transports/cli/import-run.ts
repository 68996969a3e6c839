import type { z } from "zod";
import { AppError, type ErrorCode, toAppError } from "../../domain/errors.ts";
import type { PromptDraft, ReadItem } from "../../exchange/prompt-reader.ts";
import { createPrompt } from "../../operations/create-prompt.ts";
import type { Operation } from "../../operations/define-operation.ts";
import { getPrompt } from "../../operations/get-prompt.ts";
import { updatePrompt } from "../../operations/update-prompt.ts";

export interface ImportProblem {
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

export interface ImportReport {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly problems: readonly ImportProblem[];
  /** What ended the import before its end: everything up to there is in. */
  readonly failure: AppError | undefined;
}

export interface ImportWork {
  readonly items: AsyncIterable<ReadItem>;
  readonly nameOf: (name: PromptDraft["name"]) => string;
  /** Runs an operation as the importing member, so that permissions and rules are those of every other call. */
  readonly call: (operation: Operation, input: Record<string, unknown>) => Promise<Record<string, unknown>>;
  /** Says what would be done and does nothing. */
  readonly dryRun: boolean;
  /** Ends the import between two prompts. */
  readonly signal: AbortSignal;
  readonly onPrompt?: () => void;
  readonly onProblem?: (problem: ImportProblem) => void;
}

/** What is wrong with one prompt and not with the next. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set([
  "invalid_input",
  "too_large",
  "conflict",
  "precondition_failed",
  "not_found",
]);

/**
 * Makes the library hold each draft: creates what is not there, adds a version where a draft says something else, and
 * leaves alone what is the same, so that doing it twice changes nothing. A refused draft is a problem with its place;
 * the others go on.
 */
export async function runImport(work: ImportWork): Promise<ImportReport> {
  const counts = { created: 0, updated: 0, unchanged: 0 };
  const problems: ImportProblem[] = [];
  const refuse = ({ path, line }: ReadItem["source"], message: string) => {
    const problem = { path, line, message };
    problems.push(problem);
    work.onProblem?.(problem);
  };
  try {
    for await (const item of work.items) {
      if (work.signal.aborted) break;
      if (item.kind === "problem") {
        refuse(item.source, item.message);
        continue;
      }
      const name = work.nameOf(item.draft.name);
      try {
        counts[await reconcile(work, name, item.draft)] += 1;
      } catch (error) {
        if (!(error instanceof AppError) || !REFUSALS.has(error.code)) throw error;
        refuse(item.source, error.message);
      }
      work.onPrompt?.();
    }
  } catch (error) {
    return { ...counts, problems, failure: toAppError(error) };
  }
  return { ...counts, problems, failure: undefined };
}

type Outcome = "created" | "updated" | "unchanged";
type Existing = z.infer<typeof getPrompt.output>;

async function reconcile(work: ImportWork, name: string, draft: PromptDraft): Promise<Outcome> {
  const existing = await find(work, name);
  if (existing === undefined) return create(work, name, draft);
  if (existing.archived_at !== null) {
    throw new AppError(
      "conflict",
      `The prompt ${name} is archived. Restore it first (\`promptforge restore ${name}\`), then import it again.`,
    );
  }
  if (isSame(existing, draft)) return "unchanged";
  const { name: _draftName, ...fields } = draft;
  if (!work.dryRun)
    await work.call(updatePrompt, { ...fields, name, expected_version: existing.latest_version });
  return "updated";
}

async function create(work: ImportWork, name: string, draft: PromptDraft): Promise<Outcome> {
  if (work.dryRun) return "created";
  try {
    await work.call(createPrompt, { ...draft, name });
    return "created";
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "conflict") throw error;
    // Somebody made it since it was looked for; another import of the same files makes the same.
    const existing = await find(work, name);
    if (existing !== undefined && isSame(existing, draft)) return "unchanged";
    throw error;
  }
}

async function find(work: ImportWork, name: string): Promise<Existing | undefined> {
  try {
    return getPrompt.output.parse(await work.call(getPrompt, { name }));
  } catch (error) {
    if (error instanceof AppError && error.code === "not_found") return undefined;
    throw error;
  }
}

/** Whether the prompt says all that the draft says; what the draft leaves out is the library's own. */
function isSame(existing: Existing, { content, title, description, tags }: PromptDraft): boolean {
  return (
    existing.content === content &&
    (title === undefined || existing.title === title) &&
    (description === undefined || existing.description === description) &&
    (tags === undefined || JSON.stringify(existing.tags) === JSON.stringify(tags))
  );
}
