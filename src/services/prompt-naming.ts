import { AppError } from "../domain/errors.ts";
import { slugFrom, uniqueName } from "../domain/names.ts";
import { asLine } from "../domain/plain-text.ts";
import type { TenantStore } from "../domain/ports/storage.ts";
import type { Prompt } from "../domain/prompt.ts";
import { type PromptBody, templatesOf } from "../domain/prompt-body.ts";

/** What a prompt's name and title are made from when they are not given. */
export interface Naming {
  readonly name?: string | undefined;
  readonly title?: string | undefined;
  readonly content: string;
}

/** The name given, or one derived from title or content and made unique. Throws `conflict` when the given one is in use. */
export async function freeName(store: TenantStore, input: Naming): Promise<string> {
  if (input.name === undefined) {
    const base = slugFrom(input.title ?? titleFrom(input.content));
    const taken = await store.prompts.takenNames(base);
    return uniqueName(base, (name) => taken.has(name));
  }
  const existing = await store.prompts.find({ name: input.name });
  if (existing === undefined) return input.name;
  const instead =
    existing.archivedAt === undefined
      ? "Use update_prompt to add a version to it, or choose another name."
      : "It is archived: use restore_prompt to bring it back, or choose another name.";
  throw nameTaken(existing, instead);
}

/** @param instead What the caller can do. */
export function nameTaken(existing: Prompt, instead: string): AppError {
  return new AppError("conflict", `A prompt with this name exists already. ${instead}`, {
    id: existing.id,
    name: existing.name,
    latest_version: existing.latestVersion,
    archived: existing.archivedAt !== undefined,
  });
}

/** The text that names are made from: of a chat, its first message that says something. */
export function titleSource(body: Pick<PromptBody, "content" | "messages">): string {
  return templatesOf(body).find((text) => text.trim() !== "") ?? body.content;
}

const MAX_DERIVED_TITLE = 80;

/** The first line that says something, cut at a word. */
export function titleFrom(content: string): string {
  const line = content
    .split("\n")
    .map((text) => asLine(text.replace(/^[#>*\s-]+/, "")).trim())
    .find((text) => text !== "");
  if (line === undefined) return asLine(content.trim().slice(0, MAX_DERIVED_TITLE));
  if (line.length <= MAX_DERIVED_TITLE) return line;
  return `${line
    .slice(0, MAX_DERIVED_TITLE)
    .replace(/\s+\S*$/, "")
    .toWellFormed()}…`;
}
