import { AppError } from "../../domain/errors.ts";
import type { SyncFolder } from "../../exchange/sync-folder.ts";
import { hashOf, type SyncMemory } from "../../exchange/sync-memory.ts";
import { CONFLICTS, type SyncStep } from "../../exchange/sync-plan.ts";
import { archivePrompt } from "../../operations/archive-prompt.ts";
import { importPrompts } from "../../operations/import-prompts.ts";
import { placeFile, removeUnchanged, saveMemory } from "./sync-files.ts";
import type { LibraryPrompt, SyncLibrary } from "./sync-library.ts";
import type { UsedLibrary } from "./used-library.ts";

/** What became of a step. */
export interface SyncResult extends SyncStep {
  readonly outcome: "planned" | "done" | "left" | "failed";
  readonly message: string | null;
}

export interface SyncWork {
  readonly root: string;
  readonly memory: SyncMemory;
  readonly files: SyncFolder["files"];
  readonly prompts: ReadonlyMap<string, LibraryPrompt>;
  readonly library: Pick<SyncLibrary, "read">;
  readonly call: UsedLibrary["call"];
}

/** A step that was not taken: a conflict, or one of a dry run. */
export function untaken(step: SyncStep): SyncResult {
  return step.reason === undefined
    ? { ...step, outcome: "planned", message: null }
    : { ...step, outcome: "left", message: CONFLICTS[step.reason] };
}

/** Far longer than the writing of a large memory takes. */
const SAVE_AFTER_MS = 500;

/**
 * Takes the steps one after the other, each whole or not at all; conflicts are left. The memory follows at its own pace: work that is done and
 * not remembered is found in step by the next plan. What one step meets does not keep the others from being taken.
 */
export async function applySync(
  work: SyncWork,
  steps: readonly SyncStep[],
  signal: AbortSignal,
): Promise<SyncResult[]> {
  const results: SyncResult[] = [];
  let saved = performance.now();
  try {
    for (const step of steps) {
      if (signal.aborted || step.change === "conflict") {
        results.push(untaken(step));
        continue;
      }
      results.push(await takeOne(work, step));
      if (performance.now() - saved < SAVE_AFTER_MS) continue;
      await saveMemory(work.root, work.memory);
      saved = performance.now();
    }
  } finally {
    await saveMemory(work.root, work.memory);
  }
  return results;
}

/** Throws only what keeps the next ones from being taken, too. */
async function takeOne(work: SyncWork, step: SyncStep): Promise<SyncResult> {
  try {
    await take(work, step);
    return { ...step, outcome: "done", message: null };
  } catch (error) {
    if (!(error instanceof AppError) || error.code === "internal" || error.code === "unavailable")
      throw error;
    return { ...step, outcome: "failed", message: error.message };
  }
}

async function take(work: SyncWork, { name, path, change }: SyncStep): Promise<void> {
  const { root, memory, library } = work;
  const file = work.files.get(name);
  const prompt = work.prompts.get(name);
  const remember = (fileHash: string, there: Pick<LibraryPrompt, "version" | "hash">) =>
    memory.prompts.set(name, { path, file: fileHash, version: there.version, library: there.hash });

  if ((change === "added_there" || change === "changed_there") && prompt !== undefined) {
    const text = prompt.textAt(path);
    await placeFile(root, path, text, file?.hash);
    remember(hashOf(text), prompt);
  } else if ((change === "added_here" || change === "changed_here") && file !== undefined) {
    const version = await importFile(work, name, file, prompt?.version ?? 0);
    const now = (await library.read(name)).get(name);
    // What others have changed since is not in the file: it counts as changed there the next time.
    remember(file.hash, now?.version === version ? now : { version, hash: "" });
  } else if (change === "in_step" && file !== undefined && prompt !== undefined) {
    remember(file.hash, prompt);
  } else {
    if (change === "deleted_here") await archiveUnchanged(work, name);
    if (change === "deleted_there" && file !== undefined) await removeUnchanged(root, path, file.hash);
    memory.prompts.delete(name);
  }
}

/** Throws `conflict` where the library refuses, also since the prompt has another version by now. */
async function importFile(
  { memory, call }: SyncWork,
  name: string,
  { path, text }: { readonly path: string; readonly text: string },
  expected: number,
): Promise<number> {
  const answer = await call(importPrompts, {
    files: [{ path, text }],
    format: memory.format,
    expected_versions: { [name]: expected },
  });
  const [item] = importPrompts.output.parse(answer).items;
  if (item?.version != null && item.outcome !== "failed") return item.version;
  throw new AppError("conflict", item?.message ?? "The library did not take it.");
}

async function archiveUnchanged({ library, call, memory }: SyncWork, name: string): Promise<void> {
  const now = (await library.read(name)).get(name);
  if (now?.hash !== memory.prompts.get(name)?.library) {
    throw new AppError("conflict", "The prompt has changed meanwhile. Sync again.");
  }
  await call(archivePrompt, { name });
}
