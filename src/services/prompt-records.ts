import { createHash } from "node:crypto";
import type { Include } from "../domain/include.ts";
import type { TenantStore } from "../domain/ports/storage.ts";
import type { Prompt, Version } from "../domain/prompt.ts";
import { bodyArguments, findArguments, includesOf, type PromptBody } from "../domain/prompt-body.ts";

/** Without the author's name, which a store looks up. */
export type Unsigned<T> = Omit<T, "author">;

/** What follows from a text alone. Of the longest one it takes a tenth of a second to find. */
export function derivedFrom(text: Pick<PromptBody, "content" | "messages">) {
  return {
    found: findArguments(text),
    includes: includesOf(text),
    contentHash: createHash("sha256").update(text.content).digest("hex"),
  };
}

/** A version's body with what is derived from it. */
export function bodyFields(
  body: PromptBody,
  { found, contentHash }: Pick<ReturnType<typeof derivedFrom>, "found" | "contentHash"> = derivedFrom(body),
) {
  const { content, messages, inputSchema, config } = body;
  return { content, messages, inputSchema, config, arguments: bodyArguments(body, found), contentHash };
}

/** Stores a version, and what it includes. */
export async function insertVersion(
  store: TenantStore,
  version: Unsigned<Version>,
  includes: readonly Include[] = includesOf(version),
): Promise<void> {
  await store.versions.insert(version);
  await store.includes.add(version.promptId, version.number, includes);
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
