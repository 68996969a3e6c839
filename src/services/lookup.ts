import { AppError } from "../domain/errors.ts";
import { isId } from "../domain/names.ts";
import type { PromptRef, TenantStore } from "../domain/ports/storage.ts";
import { type Prompt, type Version, versionAt } from "../domain/prompt.ts";

/** A name or an id, told apart. Names cannot look like ids. */
export function promptRef(reference: string): PromptRef {
  return isId(reference) ? { id: reference } : { name: reference };
}

/** The one place that resolves a name: the prompt that has it, or else the one that had it and left a redirect. */
export async function findPrompt(store: TenantStore, reference: string): Promise<Prompt | undefined> {
  const ref = promptRef(reference);
  const prompt = await store.prompts.find(ref);
  if (prompt !== undefined || "id" in ref) return prompt;
  const id = await store.redirects.find(ref.name);
  return id === undefined ? undefined : store.prompts.find({ id });
}

/** Throws the same `not_found` for what does not exist and for what belongs to another tenant. */
export async function requirePrompt(store: TenantStore, reference: string): Promise<Prompt> {
  const prompt = await findPrompt(store, reference);
  if (prompt !== undefined) return prompt;
  throw new AppError(
    "not_found",
    "No prompt has this name or id here. Look for it with list_prompts or search_prompts.",
  );
}

/** Throws `conflict` for an archived prompt; `then` says what can be done with it once it is restored. */
export function refuseArchived({ archivedAt }: Prompt, then: string): void {
  if (archivedAt === undefined) return;
  throw new AppError("conflict", `The prompt is archived. Restore it with restore_prompt, then ${then}.`);
}

export async function requireVersion(store: TenantStore, promptId: string, number: number): Promise<Version> {
  const version = await store.versions.find(promptId, number);
  if (version !== undefined) return version;
  throw new AppError("not_found", `The prompt has no version ${number}. See its versions with get_versions.`);
}

/** Which version of a prompt: a number, or what a label points to; neither is the latest. */
export interface VersionChoice {
  readonly version?: number | undefined;
  readonly label?: string | undefined;
}

/** Throws `not_found` for a label that the prompt does not have, `invalid_input` for a number and a label at once. */
export function chosenVersion(prompt: Prompt, { version, label }: VersionChoice): number {
  if (version !== undefined && label !== undefined)
    throw new AppError("invalid_input", "Give either version or label, not both.");
  if (label === undefined) return version ?? prompt.latestVersion;
  const labelled = versionAt(prompt, label);
  if (labelled !== undefined) return labelled;
  throw noSuchLabel();
}

export function noSuchLabel(): AppError {
  return new AppError(
    "not_found",
    "The prompt does not have this label. get_prompt tells which labels it has.",
  );
}
