import { AppError } from "../domain/errors.ts";
import { type Include, includeText, versionOfInclude } from "../domain/include.ts";
import { type InputSchema, MAX_ARGUMENTS, tooManyArguments } from "../domain/input-schema.ts";
import type { TenantStore } from "../domain/ports/storage.ts";
import { type Prompt, schemaOf, type Version, versionAt } from "../domain/prompt.ts";
import { type FoundInclude, includesOf } from "../domain/prompt-body.ts";
import { entryOf, type Lock, lockedVersion } from "./lock.ts";
import { findPrompt } from "./lookup.ts";

/** Prompts within each other, prompts of all, and their contents together: what a person can still see through. */
const MAX_DEPTH = 8;
const MAX_PARTS = 200;
const MAX_BYTES = 2 * 1024 * 1024;

/** A prompt at a version, with what it includes itself. */
export interface Part {
  readonly prompt: Prompt;
  readonly version: Version;
  readonly includes: readonly FoundInclude[];
}

/** A prompt with all that it includes, directly and through others: each once, by the text of the include. */
export interface Composition {
  readonly root: Part;
  readonly parts: ReadonlyMap<string, Part>;
}

export type Composer = ReturnType<typeof createComposer>;

/** Puts prompts together with what they include. What was read once is not read again: for one answer, within one `read`. */
export function createComposer(store: TenantStore, lock?: Lock) {
  const known = new Map<string, Part>();

  return {
    /**
     * Throws `not_found` that names what is missing and who includes it; `conflict` with the path where a prompt includes itself,
     * and for a chat, which cannot be included; `too_large` beyond the bounds.
     */
    async compose(prompt: Prompt, version: Version): Promise<Composition> {
      const root = { prompt, version, includes: includesOf(version) };
      const parts = new Map<string, Part>();
      let bytes = 0;
      const waiting = root.includes.map((include) => ({ include, path: [prompt.name] }));
      for (const { include, path } of waiting) {
        const text = includeText(include);
        if (parts.has(text)) continue;
        const part = known.get(text) ?? (await read(include, path));
        known.set(text, part);
        parts.set(text, part);
        bytes += Buffer.byteLength(part.version.content);
        if (parts.size > MAX_PARTS || bytes > MAX_BYTES) throw tooMuch(path);
        waiting.push(...part.includes.map((inner) => ({ include: inner, path: [...path, text] })));
      }
      checkDepth({ root, parts });
      return { root, parts };
    },
  };

  async function read(include: Include, path: readonly string[]): Promise<Part> {
    const text = includeText(include);
    const { prompt, version } = await (lock === undefined
      ? current(include, path)
      : locked(lock, text, path));
    if (version.messages !== undefined) {
      throw new AppError(
        "conflict",
        `${path.at(-1)} includes ${text}, which is a chat there. Only texts can be included.`,
        { include: text, path },
      );
    }
    return { prompt, version, includes: includesOf(version) };
  }

  async function current(include: Include, path: readonly string[]) {
    const text = includeText(include);
    const prompt = await findPrompt(store, include.name);
    if (prompt === undefined) throw missing(text, path, "no prompt has this name");
    const number = versionOfInclude(include) ?? versionAt(prompt, include.at);
    if (number === undefined) throw missing(text, path, "the prompt does not have this label");
    const version = await store.versions.find(prompt.id, number);
    if (version === undefined) throw missing(text, path, `the prompt has no version ${number}`);
    return { prompt, version };
  }

  function locked(lock: Lock, text: string, path: readonly string[]) {
    const entry = entryOf(lock, text);
    if (entry !== undefined) return lockedVersion(store, text, entry);
    throw missing(text, path, "the lock does not name it. Make a new one with resolve_prompt");
  }
}

/** The schema of all arguments, those of included prompts behind its own. What is only included in a section may be left out. */
export function composedSchema({ root, parts }: Composition): InputSchema {
  const own = schemaOf(root.version);
  const properties = { ...own.properties };
  const required = [...(own.required ?? [])];
  const seen = new Map<string, boolean>();
  const join = (includes: readonly FoundInclude[], always: boolean) => {
    for (const include of includes) {
      const text = includeText(include);
      const part = parts.get(text);
      const needed = always && include.always;
      // Again where it is needed now and was not before.
      if (part === undefined || (seen.has(text) && (seen.get(text) === true || !needed))) continue;
      seen.set(text, needed);
      const schema = schemaOf(part.version);
      for (const [name, property] of Object.entries(schema.properties)) {
        const isNew = !Object.hasOwn(properties, name);
        if (isNew) properties[name] = property;
        const isOwn = Object.hasOwn(own.properties, name);
        if (needed && !isOwn && schema.required?.includes(name) && !required.includes(name))
          required.push(name);
      }
      if (Object.keys(properties).length > MAX_ARGUMENTS) throw tooManyArguments();
      join(part.includes, needed);
    }
  };
  join(root.includes, true);
  return { ...own, properties, required };
}

/** Throws `conflict` where a prompt includes itself, and `too_large` where prompts are too deep within each other. */
function checkDepth({ root, parts }: Composition): void {
  const heights = new Map<string, number>();
  const open: { readonly id: string; readonly text: string }[] = [];
  const heightOf = (part: Part, text: string): number => {
    const id = `${part.prompt.id}@${part.version.number}`;
    const known = heights.get(id);
    if (known !== undefined) return known;
    const start = open.findIndex((outer) => outer.id === id);
    if (start !== -1) throw includesItself([...open.slice(start).map((outer) => outer.text), text]);
    open.push({ id, text });
    const inner = part.includes.map((include) => {
      const innerText = includeText(include);
      const innerPart = parts.get(innerText);
      return innerPart === undefined ? 0 : 1 + heightOf(innerPart, innerText);
    });
    open.pop();
    const height = Math.max(0, ...inner);
    heights.set(id, height);
    return height;
  };
  if (heightOf(root, root.prompt.name) <= MAX_DEPTH) return;
  throw new AppError(
    "too_large",
    `${root.prompt.name} includes prompts to a depth of more than ${MAX_DEPTH}. Put some of them together.`,
    { limit: MAX_DEPTH },
  );
}

function includesItself(path: readonly string[]): AppError {
  return new AppError(
    "conflict",
    `A prompt includes itself: ${path.join(" → ")}. Take one of these includes out.`,
    {
      cycle: path,
    },
  );
}

function missing(text: string, path: readonly string[], reason: string): AppError {
  return new AppError("not_found", `${path.at(-1)} includes ${text}, which is not there: ${reason}.`, {
    include: text,
    path,
  });
}

function tooMuch(path: readonly string[]): AppError {
  return new AppError(
    "too_large",
    `${path[0]} includes more than ${MAX_PARTS} prompts or ${MAX_BYTES} bytes, with all that these include. Include less.`,
    { parts: MAX_PARTS, bytes: MAX_BYTES },
  );
}
