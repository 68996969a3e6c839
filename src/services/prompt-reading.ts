import { AppError } from "../domain/errors.ts";
import type { Caller } from "../domain/identity.ts";
import { includeText } from "../domain/include.ts";
import type { JsonObject } from "../domain/json-bounds.ts";
import type { Storage, TenantStore } from "../domain/ports/storage.ts";
import {
  type Prompt,
  type PromptDetailView,
  promptDetailView,
  schemaOf,
  type Version,
} from "../domain/prompt.ts";
import { argumentsOf } from "../domain/prompt-arguments.ts";
import { mayInclude } from "../domain/prompt-body.ts";
import { renderBody } from "../domain/render-body.ts";
import { checkedValues } from "./argument-validation.ts";
import { type Composition, composedSchema, createComposer, type Part } from "./composition.ts";
import { dependentsOf } from "./dependents.ts";
import { entryOf, idOf, type Lock, lockEntry, lockedVersion, ownEntry } from "./lock.ts";
import { chosenVersion, requirePrompt, requireVersion, type VersionChoice } from "./lookup.ts";

/** A version to read, and which versions of others it is to be read with. */
export interface LockedChoice extends VersionChoice {
  readonly lock?: Lock | undefined;
}

/** An include where it stands in the tree of a prompt. */
export interface ResolvedInclude {
  /** 1 for what the prompt includes itself. */
  readonly depth: number;
  /** As it is asked for, such as `support/tone@production`. */
  readonly include: string;
  readonly name: string;
  readonly version: number;
  /** Shown before, with all that it includes. */
  readonly repeated: boolean;
}

/** Prompts as they are read: with their text, filled, and put together with what they include. */
export function createPromptReading({ storage }: { readonly storage: Storage }) {
  return {
    /**
     * The latest version, or the one asked for. Archived prompts are still found by name. Arguments are those of included prompts,
     * too, unless these cannot be put together, which rendering says.
     */
    get(caller: Caller, ref: string, choice: VersionChoice = {}): Promise<PromptDetailView> {
      return storage.tenant(caller.tenantId).read(async (store) => {
        const { prompt, version } = await find(store, ref, choice);
        const view = promptDetailView(prompt, version);
        if (!mayInclude(version)) return view;
        const composition = await compositionOrNone(store, prompt, version);
        if (composition === undefined) return view;
        const schema = composedSchema(composition);
        return { ...view, input_schema: schema, arguments: argumentsOf(schema) };
      });
    },

    /**
     * A version with its arguments filled in, and what it includes in its place. Throws `invalid_input` that names the missing, the
     * unknown and the wrong arguments, and what `compose` throws.
     */
    async render(caller: Caller, ref: string, choice: LockedChoice, values: JsonObject) {
      const { prompt, version, composition } = await storage
        .tenant(caller.tenantId)
        .read((store) => findWhole(store, ref, choice));
      const schema = composition === undefined ? schemaOf(version) : composedSchema(composition);
      const rendered = renderBody(version, checkedValues(schema, values), contentsOf(composition));
      const { number, title, description, config } = version;
      return { id: prompt.id, name: prompt.name, version: number, title, description, config, ...rendered };
    },

    /** What a prompt includes, as a tree, and the lock by which it renders the same again. Throws what `compose` throws. */
    async resolve(caller: Caller, ref: string, choice: VersionChoice) {
      const { prompt, version, composition } = await storage
        .tenant(caller.tenantId)
        .read((store) => findWhole(store, ref, choice));
      const includes = composition === undefined ? [] : treeOf(composition);
      const lock: Record<string, string> = { [prompt.name]: lockEntry(prompt, version) };
      for (const [text, part] of composition?.parts ?? []) lock[text] = lockEntry(part.prompt, part.version);
      const lines = includes.map(
        ({ depth, include, version: number, repeated }) =>
          `${"  ".repeat(depth)}${include} v${number}${repeated ? " (as above)" : ""}`,
      );
      const text = [`${prompt.name} v${version.number}`, ...lines].join("\n");
      return { id: prompt.id, name: prompt.name, version: version.number, text, includes, lock };
    },

    /** Who is met by a change of a prompt; with `at`, only of what it is at that label or version. The nearest first. */
    whoUses(caller: Caller, ref: string, at?: string) {
      return storage.tenant(caller.tenantId).read(async (store) => {
        const prompt = await requirePrompt(store, ref);
        const { dependents, more } = await dependentsOf(store, prompt, at);
        const items = dependents.map((dependent) => ({
          name: dependent.prompt.name,
          version: dependent.version,
          labels: labelsAt(dependent.prompt, dependent.version),
          latest: dependent.version === dependent.prompt.latestVersion,
          at: dependent.at,
          through: [...dependent.through],
        }));
        return { id: prompt.id, name: prompt.name, items, more };
      });
    },
  };
}

async function find(store: TenantStore, ref: string, { lock, ...asked }: LockedChoice) {
  if (lock !== undefined) return findLocked(store, ref, lock, asked);
  const prompt = await requirePrompt(store, ref);
  return { prompt, version: await requireVersion(store, prompt.id, chosenVersion(prompt, asked)) };
}

/**
 * The version that a lock holds, of the prompt that had the name when the lock was made. Throws `invalid_input` for another prompt's lock,
 * and for a version beside it.
 */
async function findLocked(store: TenantStore, ref: string, lock: Lock, asked: VersionChoice) {
  if (asked.version !== undefined || asked.label !== undefined) {
    throw new AppError(
      "invalid_input",
      "The lock says which version: give neither version nor label with it.",
    );
  }
  const own = ownEntry(lock);
  if (own !== undefined) {
    const [name, entry] = own;
    const isMeant = entryOf(lock, ref) === entry || (await requirePrompt(store, ref)).id === idOf(entry);
    if (isMeant) return lockedVersion(store, name, entry);
  }
  throw new AppError(
    "invalid_input",
    "The lock was made for another prompt. Make one for this prompt with resolve_prompt.",
  );
}

/** A version with all that it includes. */
async function findWhole(store: TenantStore, ref: string, choice: LockedChoice) {
  const { prompt, version } = await find(store, ref, choice);
  const composition = mayInclude(version)
    ? await createComposer(store, choice.lock).compose(prompt, version)
    : undefined;
  return { prompt, version, composition };
}

/** `undefined` where what it includes cannot be put together. */
export async function compositionOrNone(
  store: TenantStore,
  prompt: Prompt,
  version: Version,
  composer = createComposer(store),
): Promise<Composition | undefined> {
  try {
    return await composer.compose(prompt, version);
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

/** Why the latest version of a prompt cannot be put together with what it includes; `undefined` when it can. */
export async function includeProblem(store: TenantStore, prompt: Prompt): Promise<AppError | undefined> {
  const version = await requireVersion(store, prompt.id, prompt.latestVersion);
  if (!mayInclude(version)) return undefined;
  try {
    composedSchema(await createComposer(store).compose(prompt, version));
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

function contentsOf(composition: Composition | undefined): ReadonlyMap<string, string> | undefined {
  return composition && new Map([...composition.parts].map(([text, { version }]) => [text, version.content]));
}

function treeOf({ root, parts }: Composition): ResolvedInclude[] {
  const lines: ResolvedInclude[] = [];
  const shown = new Set<string>();
  const show = ({ includes }: Part, depth: number) => {
    for (const found of includes) {
      const include = includeText(found);
      const part = parts.get(include);
      if (part === undefined) continue;
      const repeated = shown.has(include);
      shown.add(include);
      lines.push({ depth, include, name: part.prompt.name, version: part.version.number, repeated });
      if (!repeated) show(part, depth + 1);
    }
  };
  show(root, 1);
  return lines;
}

function labelsAt({ labels }: Prompt, version: number): string[] {
  return Object.keys(labels).filter((label) => labels[label] === version);
}
