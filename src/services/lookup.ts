import { AppError } from "../domain/errors.ts";
import { isId } from "../domain/names.ts";
import type { PromptRef, TenantStore } from "../domain/ports/storage.ts";
import type { Prompt, Version } from "../domain/prompt.ts";

/** A name or an id, told apart. Names cannot look like ids. */
export function promptRef(reference: string): PromptRef {
  return isId(reference) ? { id: reference } : { name: reference };
}

/** Throws the same `not_found` for what does not exist and for what belongs to another tenant. */
export async function requirePrompt(store: TenantStore, reference: string): Promise<Prompt> {
  const prompt = await store.prompts.find(promptRef(reference));
  if (prompt !== undefined) return prompt;
  throw new AppError(
    "not_found",
    "No prompt has this name or id here. Look for it with list_prompts or search_prompts.",
  );
}

export async function requireVersion(store: TenantStore, promptId: string, number: number): Promise<Version> {
  const version = await store.versions.find(promptId, number);
  if (version !== undefined) return version;
  throw new AppError("not_found", `The prompt has no version ${number}. See its versions with get_versions.`);
}
