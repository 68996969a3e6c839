import { createHash } from "node:crypto";
import type { TenantStore } from "../domain/ports/storage.ts";
import type { Prompt, Version } from "../domain/prompt.ts";
import { findArguments } from "../domain/template.ts";

/** Without the author's name, which a store looks up. */
export type Unsigned<T> = Omit<T, "author">;

/** A version's content with what is derived from it. */
export function contentFields(content: string) {
  return {
    content,
    arguments: findArguments(content),
    contentHash: createHash("sha256").update(content).digest("hex"),
  };
}

/** What a prompt repeats of its latest version, so that lists need no join. */
export function headOf(version: Unsigned<Version>) {
  return {
    title: version.title,
    description: version.description,
    tags: version.tags,
    arguments: version.arguments,
    latestVersion: version.number,
  };
}

/** Puts a prompt's words into the index, and the prompt on the list of what is to be indexed by meaning. */
export async function indexPrompt(
  store: TenantStore,
  prompt: Unsigned<Prompt>,
  version: Unsigned<Version>,
): Promise<void> {
  await putWords(store, prompt, version);
  await store.enqueueIndexing(prompt.id);
}

export function putWords(
  store: TenantStore,
  prompt: Unsigned<Prompt>,
  version: Unsigned<Version>,
): Promise<void> {
  const { title, description, content } = version;
  const { id: promptId, name, tags } = prompt;
  return store.words.put({ promptId, name, title, description, tags, content });
}
