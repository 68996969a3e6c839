import { AppError, type ErrorCode, toAppError } from "../domain/errors.ts";
import type { PromptDetailView } from "../domain/prompt.ts";
import type { PromptDraft, ReadItem, ReadSource } from "./prompt-reader.ts";

/** A library as an import uses it. Each call is the importing member's, with the rules and permissions of any other. */
export interface ImportTarget {
  /** `undefined` when there is none. */
  find(name: string): Promise<ExistingPrompt | undefined>;
  create(prompt: ImportedPrompt): Promise<void>;
  /** Adds a version, unless `expected_version` is not the latest any more. */
  update(prompt: ImportedPrompt & { readonly expected_version: number }): Promise<void>;
}

export type ExistingPrompt = Pick<
  PromptDetailView,
  "content" | "title" | "description" | "tags" | "archived_at" | "latest_version"
>;

/** A draft under the name that it is imported as. */
export type ImportedPrompt = Omit<PromptDraft, "name"> & { readonly name: string };

export interface ImportProblem extends ReadSource {
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
  readonly target: ImportTarget;
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
export async function importPrompts(work: ImportWork): Promise<ImportReport> {
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

async function reconcile({ target, dryRun }: ImportWork, name: string, draft: PromptDraft): Promise<Outcome> {
  const existing = await target.find(name);
  if (existing === undefined) {
    return dryRun ? "created" : create(target, { ...draft, name });
  }
  if (existing.archived_at !== null) {
    throw new AppError(
      "conflict",
      `The prompt ${name} is archived. Restore it first (\`promptforge restore ${name}\`), then import it again.`,
    );
  }
  if (isSame(existing, draft)) return "unchanged";
  if (!dryRun) await target.update({ ...draft, name, expected_version: existing.latest_version });
  return "updated";
}

async function create(target: ImportTarget, prompt: ImportedPrompt): Promise<Outcome> {
  try {
    await target.create(prompt);
    return "created";
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== "conflict") throw error;
    // Somebody made it since it was looked for; another import of the same files makes the same.
    const existing = await target.find(prompt.name);
    if (existing !== undefined && isSame(existing, prompt)) return "unchanged";
    throw error;
  }
}

/** Whether the prompt says all that the draft says; what the draft leaves out is the library's own. */
function isSame(
  existing: ExistingPrompt,
  { content, title, description, tags }: Omit<PromptDraft, "name">,
): boolean {
  return (
    existing.content === content &&
    (title === undefined || existing.title === title) &&
    (description === undefined || existing.description === description) &&
    (tags === undefined || JSON.stringify(existing.tags) === JSON.stringify(tags))
  );
}
