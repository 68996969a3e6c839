import { versionOfInclude } from "../domain/include.ts";
import type { IncludeUse } from "../domain/ports/includes.ts";
import type { TenantStore } from "../domain/ports/storage.ts";
import { type Prompt, versionAt } from "../domain/prompt.ts";

/** More than this many who use a prompt are told of as "and more". */
export const MAX_DEPENDENTS = 1_000;
/** Former names of a prompt by which others may still include it. */
const MAX_FORMER_NAMES = 100;

/** A version that includes a prompt, directly or through others. */
export interface Dependent {
  readonly prompt: Prompt;
  readonly version: number;
  /** Where the include that it has points to: a label, `latest`, or a number. */
  readonly at: string;
  /** The prompts between the two, beginning with the one that includes; empty where it includes directly. */
  readonly through: readonly string[];
}

/**
 * The live versions (the latest, and those that a label points to) of prompts that are not archived, which include a prompt;
 * with `at`, only what includes it there. Each version once, the nearest first.
 */
export async function dependentsOf(store: TenantStore, prompt: Prompt, at?: string): Promise<Dependents> {
  const isMeant = (place: string) => at === undefined || place === at;
  return walk(store, await byName(store, [{ prompt, isMeant, through: [] }]));
}

/** The same of what includes a prompt by this name, whichever prompt it leads to. */
export async function dependentsOnName(store: TenantStore, name: string): Promise<Dependents> {
  return walk(store, new Map([[name, [{ isMeant: () => true, through: [] }]]]));
}

export interface Dependents {
  readonly dependents: Dependent[];
  readonly more: boolean;
}

/** @param first The names by which others may include what is asked about. */
async function walk(store: TenantStore, first: Targets): Promise<Dependents> {
  const dependents: Dependent[] = [];
  const seen = new Set<string>();
  /** What was reached last, with the places by which others reach it. */
  let targets = first;
  while (targets.size > 0) {
    const uses = await store.includes.usersOf([...targets.keys()], MAX_DEPENDENTS + 1);
    const users = new Map(
      (await store.prompts.findMany([...new Set(uses.map(({ promptId }) => promptId))])).map((user) => [
        user.id,
        user,
      ]),
    );
    const next: Reached[] = [];
    for (const use of uses) {
      const user = users.get(use.promptId);
      const target = targets.get(use.name)?.find(({ isMeant }) => isMeant(use.at));
      const key = `${use.promptId}@${use.version}`;
      if (user === undefined || target === undefined || seen.has(key)) continue;
      if (seen.size === MAX_DEPENDENTS) return { dependents, more: true };
      seen.add(key);
      const { through } = target;
      if (isLive(user, use.version))
        dependents.push({ prompt: user, version: use.version, at: use.at, through });
      next.push({ prompt: user, isMeant: meaning(user, use), through: [user.name, ...through] });
    }
    if (uses.length > MAX_DEPENDENTS) return { dependents, more: true };
    targets = await byName(store, next);
  }
  return { dependents, more: false };
}

interface Target {
  readonly isMeant: (at: string) => boolean;
  readonly through: readonly string[];
}
type Targets = ReadonlyMap<string, readonly Target[]>;

interface Reached extends Target {
  readonly prompt: Prompt;
}

/** Whether a place of a prompt is the version that was reached. */
function meaning(prompt: Prompt, { version }: IncludeUse): (at: string) => boolean {
  return (at) => (versionOfInclude({ name: prompt.name, at }) ?? versionAt(prompt, at)) === version;
}

/** Those that were reached, by the names that others may include them by. */
async function byName(store: TenantStore, reached: readonly Reached[]): Promise<Map<string, Reached[]>> {
  const names = new Map<string, Reached[]>();
  for (const one of reached) {
    const former = await store.redirects.list({ promptId: one.prompt.id, limit: MAX_FORMER_NAMES });
    for (const name of [one.prompt.name, ...former.map((redirect) => redirect.name)]) {
      names.set(name, [...(names.get(name) ?? []), one]);
    }
  }
  return names;
}

function isLive({ latestVersion, labels }: Prompt, version: number): boolean {
  return version === latestVersion || Object.values(labels).includes(version);
}
