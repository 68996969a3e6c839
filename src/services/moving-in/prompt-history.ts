import { toAppError } from "../../domain/errors.ts";
import { slugFrom, uniqueName } from "../../domain/names.ts";
import type { OriginalPrompt, OriginalVersion } from "../../domain/ports/original-library.ts";
import type { TenantStore } from "../../domain/ports/storage.ts";
import type { Prompt, Version } from "../../domain/prompt.ts";
import { bodyArguments, includesOf, readBody } from "../../domain/prompt-body.ts";
import { titleFrom } from "../prompt-naming.ts";
import { bodyFields, headOf, indexPrompt, insertVersion, type Unsigned } from "../prompt-records.ts";

type NewVersion = Unsigned<Version>;

export interface HistoryProblem {
  readonly table: "prompt" | "promptversion";
  readonly id: string;
  readonly reason: string;
}

/**
 * A prompt's versions, by their numbers, gaps and all. The prompt's own text is the last of them, or one more where the
 * original had not made a version of it.
 */
export function versionsOf(
  prompt: OriginalPrompt,
  versions: readonly OriginalVersion[],
  made: { readonly promptId: string; readonly authorId: string; readonly createdAt: Date },
): { readonly versions: NewVersion[]; readonly problems: HistoryProblem[] } {
  const found: NewVersion[] = [];
  const problems: HistoryProblem[] = [];
  const add = (
    table: HistoryProblem["table"],
    id: number,
    version: Pick<NewVersion, "number" | "createdAt" | "content">,
  ) => {
    const problem =
      found.at(-1)?.number === version.number
        ? `the prompt has another version ${version.number}`
        : contentProblem(version.content);
    if (problem !== undefined) problems.push({ table, id: String(id), reason: problem });
    else found.push(newVersion(version, made));
  };
  for (const { id, number, content, createdAt = made.createdAt } of versions) {
    add("promptversion", id, { number, content, createdAt });
  }
  const last = found.at(-1);
  if (last?.content !== prompt.content) {
    const createdAt = last?.createdAt ?? made.createdAt;
    add("prompt", prompt.id, { number: (last?.number ?? 0) + 1, content: prompt.content, createdAt });
  }
  return { versions: found, problems };
}

function newVersion(
  { number, content, createdAt }: Pick<NewVersion, "number" | "content" | "createdAt">,
  { promptId, authorId }: { readonly promptId: string; readonly authorId: string },
): NewVersion {
  return {
    promptId,
    number,
    title: titleFrom(content),
    description: "",
    tags: [],
    ...bodyFields({ content, config: {} }),
    authorId,
    changeNote: "",
    createdAt,
  };
}

function contentProblem(content: string): string | undefined {
  try {
    const body = readBody({ content });
    bodyArguments(body);
    includesOf(body);
    return undefined;
  } catch (error) {
    return toAppError(error).message;
  }
}

/**
 * Writes a prompt with these versions, or those of them that are new. Of one that has gone on here since, nothing is
 * touched: `diverged` is the number of the first version that is another one here.
 */
export async function addHistory(
  store: TenantStore,
  versions: readonly [NewVersion, ...NewVersion[]],
): Promise<{ readonly added: number; readonly isNew: boolean; readonly diverged?: number }> {
  const newest = versions.at(-1) ?? versions[0];
  const existing = await store.prompts.find({ id: newest.promptId });
  if (existing === undefined) {
    const prompt = await newPrompt(store, versions[0], newest);
    await store.prompts.insert(prompt);
    for (const version of versions) await insertVersion(store, version);
    await indexPrompt(store, prompt, newest);
    return { added: versions.length, isNew: true };
  }
  for (const version of versions) {
    const here = await store.versions.find(version.promptId, version.number);
    const isOther =
      here === undefined ? version.number < existing.latestVersion : here.contentHash !== version.contentHash;
    if (isOther) return { added: 0, isNew: false, diverged: version.number };
  }
  const added = versions.filter(({ number }) => number > existing.latestVersion);
  for (const version of added) await insertVersion(store, version);
  if (added.length > 0) {
    const prompt = { ...existing, ...headOf(newest), updatedAt: newest.createdAt };
    await store.prompts.update(prompt);
    if (existing.archivedAt === undefined) await indexPrompt(store, prompt, newest);
  }
  return { added: added.length, isNew: false };
}

async function newPrompt(
  store: TenantStore,
  first: NewVersion,
  newest: NewVersion,
): Promise<Unsigned<Prompt>> {
  const base = slugFrom(newest.title);
  const taken = await store.prompts.takenNames(base);
  return {
    id: newest.promptId,
    name: uniqueName(base, (name) => taken.has(name)),
    ...headOf(newest),
    authorId: newest.authorId,
    createdAt: first.createdAt,
    updatedAt: newest.createdAt,
    archivedAt: undefined,
    labels: {},
  };
}
