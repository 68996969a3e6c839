import { AppError } from "../domain/errors.ts";
import type { TenantStore } from "../domain/ports/storage.ts";
import type { Prompt, Version } from "../domain/prompt.ts";

/**
 * Exact versions in place of names and labels, as `resolve_prompt` gives them: for the prompt itself by its name, and for each
 * include by its text (`support/tone@production`), `VERSION:ID:HASH`. The id and not the name says which prompt it is, since names
 * are changed and given away; the hash is the start of the content's, since a library that was set up anew counts anew.
 */
export type Lock = Readonly<Record<string, string>>;

/** A lock's entry: the number of a version, a prompt's id, and the first letters of the SHA-256 of its content. */
export const LOCK_ENTRY = /^([1-9]\d{0,8}):([0-9a-f-]{36}):([0-9a-f]{12})$/;

export function lockEntry({ id }: Pick<Prompt, "id">, version: Version): string {
  return `${version.number}:${id}:${hashOf(version)}`;
}

/** The entry of a lock for a name or an include; `undefined` when it has none. */
export function entryOf(lock: Lock, key: string): string | undefined {
  return Object.hasOwn(lock, key) ? lock[key] : undefined;
}

/** The entry of the prompt itself: no name has an `@`, and every include does. */
export function ownEntry(lock: Lock): readonly [name: string, entry: string] | undefined {
  return Object.entries(lock).find(([key]) => !key.includes("@"));
}

/** The prompt that an entry is about. */
export function idOf(entry: string): string | undefined {
  return LOCK_ENTRY.exec(entry)?.[2];
}

/** What an entry holds. Throws `not_found` where it was deleted, and `conflict` where it says something else here. */
export async function lockedVersion(store: TenantStore, key: string, entry: string) {
  const [, number, id = "", hash] = LOCK_ENTRY.exec(entry) ?? [];
  const prompt = await store.prompts.find({ id });
  const version = prompt && (await store.versions.find(id, Number(number)));
  if (prompt === undefined || version === undefined) {
    throw new AppError(
      "not_found",
      `What the lock holds for ${key} is not in the library, or not any more. Make a new lock with resolve_prompt.`,
      { entry: key },
    );
  }
  if (hashOf(version) === hash) return { prompt, version };
  throw new AppError(
    "conflict",
    `What the lock holds for ${key} says something else in this library. Make a new lock with resolve_prompt.`,
    { entry: key },
  );
}

function hashOf({ contentHash }: Version): string {
  return contentHash.slice(0, 12);
}
