import { createHash, randomUUID } from "node:crypto";
import { AppError } from "../domain/errors.ts";
import type { Caller } from "../domain/identity.ts";
import { slugFrom, uniqueName } from "../domain/names.ts";
import type { Cursors } from "../domain/ports/security.ts";
import type { PromptFilter, SortField, Storage, TenantStore } from "../domain/ports/storage.ts";
import {
  checkContent,
  type Prompt,
  type PromptDetailView,
  type PromptView,
  promptDetailView,
  promptView,
  type Version,
} from "../domain/prompt.ts";
import { findArguments, render } from "../domain/template.ts";
import type { TenantEvents } from "./events.ts";
import { promptRef, requirePrompt, requireVersion } from "./lookup.ts";
import { wordsOf } from "./words.ts";

export interface NewPrompt {
  readonly name?: string | undefined;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly content: string;
  readonly tags?: readonly string[] | undefined;
  readonly changeNote?: string | undefined;
}

export interface PromptChange {
  readonly ref: string;
  readonly content?: string | undefined;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly changeNote?: string | undefined;
  /** The version that the change was made from; another one in the meantime is `precondition_failed`. */
  readonly expectedVersion?: number | undefined;
}

export interface PromptListing {
  readonly query?: string | undefined;
  readonly tag?: string | undefined;
  readonly folder?: string | undefined;
  readonly author?: string | undefined;
  /** A sort field, with `-` in front for descending. */
  readonly sort: SortField | `-${SortField}`;
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly includeContent?: boolean | undefined;
}

export interface Page<Item> {
  readonly items: Item[];
  readonly next_cursor: string | null;
}

/** As many as an MCP completion may hold. */
const MAX_COMPLETIONS = 100;

/** With their contents, prompts are read in pages of at most this many. */
const MAX_PAGE_WITH_CONTENT = 100;

export type PromptService = ReturnType<typeof createPromptService>;

/** Prompts: made, changed by new versions, listed, put away and brought back. */
export function createPromptService(deps: {
  readonly storage: Storage;
  readonly cursors: Cursors;
  readonly events: TenantEvents;
  readonly now: () => Date;
}) {
  const { storage, cursors, events, now } = deps;

  return {
    /** Throws `conflict` when the name is in use, with what to do instead. Without a name one is derived and made unique. */
    async create(caller: Caller, input: NewPrompt): Promise<PromptDetailView> {
      checkContent(input.content);
      const created = await storage.tenant(caller.tenantId).write(async (store) => {
        const name = await freeName(store, input);
        const at = now();
        const title = input.title ?? titleFrom(input.content);
        const version = {
          promptId: randomUUID(),
          number: 1,
          title,
          description: input.description ?? "",
          tags: input.tags ?? [],
          ...contentFields(input.content),
          authorId: caller.userId,
          changeNote: input.changeNote ?? "",
          createdAt: at,
        };
        const prompt = {
          id: version.promptId,
          name,
          ...headOf(version),
          authorId: caller.userId,
          createdAt: at,
          updatedAt: at,
          archivedAt: undefined,
        };
        await store.prompts.insert(prompt);
        await store.versions.insert(version);
        await index(store, prompt, version);
        return detail(prompt, caller.username, version, caller.username);
      });
      events.publish(caller.tenantId, { kind: "created", name: created.name });
      return created;
    },

    /** Adds a version. What is not given stays as it is in the latest one. */
    async update(caller: Caller, change: PromptChange): Promise<PromptDetailView> {
      if (change.content !== undefined) checkContent(change.content);
      if (
        [change.content, change.title, change.description, change.tags].every((field) => field === undefined)
      ) {
        throw new AppError("invalid_input", "Nothing to change: give content, title, description or tags.");
      }
      const updated = await storage.tenant(caller.tenantId).write(async (store) => {
        const prompt = await requirePrompt(store, change.ref);
        if (prompt.archivedAt !== undefined) {
          throw new AppError(
            "conflict",
            "The prompt is archived. Restore it with restore_prompt, then update it.",
          );
        }
        if (change.expectedVersion !== undefined && change.expectedVersion !== prompt.latestVersion) {
          throw new AppError(
            "precondition_failed",
            `The prompt is at version ${prompt.latestVersion} by now, not ${change.expectedVersion}. Read it again with get_prompt, then repeat the change.`,
            { latest_version: prompt.latestVersion, expected_version: change.expectedVersion },
          );
        }
        const latest = await requireVersion(store, prompt.id, prompt.latestVersion);
        const at = now();
        const version = {
          ...latest,
          number: latest.number + 1,
          title: change.title ?? latest.title,
          description: change.description ?? latest.description,
          tags: change.tags ?? latest.tags,
          ...contentFields(change.content ?? latest.content),
          authorId: caller.userId,
          changeNote: change.changeNote ?? "",
          createdAt: at,
        };
        const next = { ...prompt, ...headOf(version), updatedAt: at };
        await store.versions.insert(version);
        await store.prompts.update(next);
        await index(store, next, version);
        return detail(next, prompt.author, version, caller.username);
      });
      events.publish(caller.tenantId, { kind: "updated", name: updated.name });
      return updated;
    },

    /** The latest version, or the one asked for. Archived prompts are still found by name. */
    get(caller: Caller, ref: string, number?: number): Promise<PromptDetailView> {
      return storage.tenant(caller.tenantId).read(async (store) => {
        const prompt = await requirePrompt(store, ref);
        return promptDetailView(
          prompt,
          await requireVersion(store, prompt.id, number ?? prompt.latestVersion),
        );
      });
    },

    /** The text of a version with its arguments filled in. Throws `invalid_input` that names missing and unknown arguments. */
    async render(
      caller: Caller,
      ref: string,
      number: number | undefined,
      values: Readonly<Record<string, string>>,
    ) {
      const { id, name, version, title, description, content } = await get(caller, ref, number);
      return { id, name, version, title, description, text: render(content, values) };
    },

    /** Names that begin with a prefix, in order, as many as a completion shows. */
    async completeNames(caller: Caller, prefix: string): Promise<{ names: string[]; more: boolean }> {
      const found = await storage.tenant(caller.tenantId).read((store) =>
        store.prompts.list({
          filter: { namePrefix: prefix },
          sort: "name",
          descending: false,
          limit: MAX_COMPLETIONS + 1,
        }),
      );
      const names = found.slice(0, MAX_COMPLETIONS).map((prompt) => prompt.name);
      return { names, more: found.length > MAX_COMPLETIONS };
    },

    list(caller: Caller, listing: PromptListing): Promise<Page<PromptView & { content?: string }>> {
      const { cursor, includeContent, ...query } = listing;
      const limit = includeContent ? Math.min(listing.limit, MAX_PAGE_WITH_CONTENT) : listing.limit;
      const scope = {
        tenantId: caller.tenantId,
        query: { operation: "list_prompts", ...query, limit: undefined },
      };
      const descending = listing.sort.startsWith("-");
      const sort = (descending ? listing.sort.slice(1) : listing.sort) as SortField;
      return storage.tenant(caller.tenantId).read(async (store) => {
        const rows = await store.prompts.list({
          filter: filterOf(listing),
          sort,
          descending,
          limit: limit + 1,
          after: cursor === undefined ? undefined : cursors.open(scope, cursor),
        });
        const page = rows.slice(0, limit);
        const last = page.at(-1);
        const contents = includeContent ? await contentsOf(store, page) : undefined;
        return {
          items: page.map((prompt) => ({ ...promptView(prompt), ...contents?.(prompt.id) })),
          next_cursor:
            rows.length > limit && last !== undefined
              ? cursors.seal(scope, { key: sortKey(last, sort), id: last.id })
              : null,
        };
      });
    },

    /** Hides a prompt from lists and search. Doing it again changes nothing. */
    archive(caller: Caller, ref: string): Promise<PromptView> {
      return setArchived(caller, ref, true);
    },

    restore(caller: Caller, ref: string): Promise<PromptView> {
      return setArchived(caller, ref, false);
    },
  };

  /** The latest version, or the one asked for. Archived prompts are still found by name. */
  function get(caller: Caller, ref: string, number?: number): Promise<PromptDetailView> {
    return storage.tenant(caller.tenantId).read(async (store) => {
      const prompt = await requirePrompt(store, ref);
      return promptDetailView(prompt, await requireVersion(store, prompt.id, number ?? prompt.latestVersion));
    });
  }

  async function setArchived(caller: Caller, ref: string, archived: boolean): Promise<PromptView> {
    const { view, changed } = await storage.tenant(caller.tenantId).write(async (store) => {
      const prompt = await requirePrompt(store, ref);
      if ((prompt.archivedAt !== undefined) === archived) {
        return { view: promptView(prompt), changed: false };
      }
      const at = now();
      const next = { ...prompt, archivedAt: archived ? at : undefined, updatedAt: at };
      await store.prompts.update(next);
      if (archived) await store.words.remove(prompt.id);
      else await putWords(store, next, await requireVersion(store, prompt.id, prompt.latestVersion));
      await store.enqueueIndexing(prompt.id);
      return { view: promptView(next), changed: true };
    });
    if (changed)
      events.publish(caller.tenantId, { kind: archived ? "archived" : "restored", name: view.name });
    return view;
  }
}

/** The filter of a listing or a search, from what callers give. */
export function filterOf(query: {
  readonly tag?: string | undefined;
  readonly folder?: string | undefined;
  readonly author?: string | undefined;
  readonly query?: string | undefined;
}): PromptFilter {
  return {
    tag: query.tag,
    namePrefix: query.folder === undefined ? undefined : `${query.folder}/`,
    author: query.author,
    words: query.query === undefined ? undefined : wordsToFind(query.query),
  };
}

/** A text without any word ("!!!") is looked for as it is, and found nowhere. */
function wordsToFind(text: string): readonly string[] {
  const words = wordsOf(text);
  return words.length > 0 ? words : [text];
}

async function freeName(store: TenantStore, input: NewPrompt): Promise<string> {
  if (input.name === undefined) {
    const base = slugFrom(input.title ?? titleFrom(input.content));
    const taken = await store.prompts.takenNames(base);
    return uniqueName(base, (name) => taken.has(name));
  }
  const existing = await store.prompts.find(promptRef(input.name));
  if (existing === undefined) return input.name;
  const instead =
    existing.archivedAt === undefined
      ? "Use update_prompt to add a version to it, or choose another name."
      : "It is archived: use restore_prompt to bring it back, or choose another name.";
  throw new AppError("conflict", `A prompt with this name exists already. ${instead}`, {
    id: existing.id,
    name: existing.name,
    latest_version: existing.latestVersion,
    archived: existing.archivedAt !== undefined,
  });
}

const MAX_DERIVED_TITLE = 80;

/** The first line that says something, cut at a word. */
function titleFrom(content: string): string {
  const line = content
    .split("\n")
    .map((text) => text.replace(/^[#>*\s-]+/, "").trim())
    .find((text) => text !== "");
  if (line === undefined) return content.trim().slice(0, MAX_DERIVED_TITLE);
  if (line.length <= MAX_DERIVED_TITLE) return line;
  return `${line
    .slice(0, MAX_DERIVED_TITLE)
    .replace(/\s+\S*$/, "")
    .toWellFormed()}…`;
}

function contentFields(content: string) {
  return {
    content,
    arguments: findArguments(content),
    contentHash: createHash("sha256").update(content).digest("hex"),
  };
}

/** What a prompt repeats of its latest version, so that lists need no join. */
function headOf(version: Omit<Version, "author">) {
  return {
    title: version.title,
    description: version.description,
    tags: version.tags,
    arguments: version.arguments,
    latestVersion: version.number,
  };
}

type Unsigned<T> = Omit<T, "author">;

function detail(prompt: Unsigned<Prompt>, author: string, version: Unsigned<Version>, versionAuthor: string) {
  return promptDetailView({ ...prompt, author }, { ...version, author: versionAuthor });
}

async function index(
  store: TenantStore,
  prompt: Unsigned<Prompt>,
  version: Unsigned<Version>,
): Promise<void> {
  await putWords(store, prompt, version);
  await store.enqueueIndexing(prompt.id);
}

function putWords(store: TenantStore, prompt: Unsigned<Prompt>, version: Unsigned<Version>): Promise<void> {
  const { title, description, tags, content } = version;
  return store.words.put({ promptId: prompt.id, name: prompt.name, title, description, tags, content });
}

async function contentsOf(store: TenantStore, prompts: readonly Prompt[]) {
  const versions = await store.versions.findLatest(prompts.map((prompt) => prompt.id));
  const byPrompt = new Map(versions.map((version) => [version.promptId, version.content]));
  return (promptId: string) => {
    const content = byPrompt.get(promptId);
    return content === undefined ? {} : { content };
  };
}

function sortKey(prompt: Prompt, sort: SortField): string | number {
  if (sort === "name") return prompt.name;
  return (sort === "created_at" ? prompt.createdAt : prompt.updatedAt).getTime();
}
