import type { Caller } from "../domain/identity.ts";
import { LATEST } from "../domain/names.ts";
import type { PromptFilter } from "../domain/ports/prompt-filter.ts";
import type { CursorPosition, Cursors } from "../domain/ports/security.ts";
import type { PromptPage, SortField, Storage, TenantStore } from "../domain/ports/storage.ts";
import { type Prompt, type PromptView, promptView, promptViewAt, versionAt } from "../domain/prompt.ts";
import { BY_USE, type PromptOrder, readOrder } from "../domain/prompt-order.ts";
import { daysBefore } from "./days.ts";
import { rankedPage, USED_WITHIN_DAYS } from "./foremost.ts";
import { withIncludedArguments } from "./included-arguments.ts";
import type { Page } from "./page.ts";
import { pageBudget } from "./page-budget.ts";
import { wordsOf } from "./words.ts";

export interface PromptListing {
  /** Only archived prompts. */
  readonly archived?: boolean | undefined;
  readonly query?: string | undefined;
  readonly tag?: string | undefined;
  /** Only prompts that have it, each as it is at the version that it points to. */
  readonly label?: string | undefined;
  readonly folder?: string | undefined;
  readonly author?: string | undefined;
  /** Only the caller's favourites. */
  readonly favourites?: boolean | undefined;
  readonly sort: PromptOrder | typeof BY_USE;
  readonly limit: number;
  readonly cursor?: string | undefined;
  readonly includeContent?: boolean | undefined;
}

/** As many as an MCP completion may hold. */
const MAX_COMPLETIONS = 100;

/** With their contents, prompts are read in pages of at most this many. */
const MAX_PAGE_WITH_CONTENT = 100;

/** Prompts as lists give them, page by page, and their names alone. */
export function createPromptListing(deps: {
  readonly storage: Storage;
  readonly cursors: Cursors;
  readonly now: () => Date;
}) {
  const { storage, cursors, now } = deps;

  return {
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
      const userId = listing.favourites || listing.sort === BY_USE ? caller.userId : undefined;
      const scope = {
        tenantId: caller.tenantId,
        query: { operation: "list_prompts", ...query, limit: undefined, userId },
      };
      const position = cursor === undefined ? undefined : cursors.open(scope, cursor);
      const filter = { ...filterOf(listing), favouriteOf: listing.favourites ? caller.userId : undefined };
      return storage.tenant(caller.tenantId).read(async (store) => {
        const page = { filter, limit: limit + 1 };
        const { rows, positionAfter } =
          listing.sort === BY_USE
            ? await rankedPage(store, { ...page, userId: caller.userId, since: usedSince() }, position)
            : await sortedPage(store, { ...page, ...readOrder(listing.sort), after: position });
        const wanted = rows.slice(0, limit);
        const own = includeContent
          ? await withContents(store, wanted, listing.label)
          : await withoutContents(store, wanted, listing.label);
        const items = await withIncludedArguments(store, own);
        const last = rows[items.length - 1];
        return {
          items,
          next_cursor:
            rows.length > items.length && last !== undefined
              ? cursors.seal(scope, positionAfter(last))
              : null,
        };
      });
    },
  };

  function usedSince(): string {
    return daysBefore(now(), USED_WITHIN_DAYS - 1);
  }
}

/** A page in the order of a field. */
async function sortedPage(store: TenantStore, page: PromptPage) {
  return {
    rows: await store.prompts.list(page),
    positionAfter: (row: Prompt): CursorPosition => ({ key: sortKey(row, page.sort), id: row.id }),
  };
}

/** The filter of a listing or a search, from what callers give. */
export function filterOf(query: {
  readonly archived?: boolean | undefined;
  readonly tag?: string | undefined;
  readonly label?: string | undefined;
  readonly folder?: string | undefined;
  readonly author?: string | undefined;
  readonly query?: string | undefined;
}): PromptFilter {
  return {
    archived: query.archived,
    tag: query.tag,
    // Every prompt has a latest version.
    label: query.label === LATEST ? undefined : query.label,
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

/** Versions read at a time: with the largest contents, 2 MiB. */
const AT_ONCE = 8;

/** The prompts as they are at a label, or at their latest version. */
async function withoutContents(store: TenantStore, prompts: readonly Prompt[], label: string | undefined) {
  if (label === undefined || label === LATEST) return prompts.map(promptView);
  const views: PromptView[] = [];
  for await (const { prompt, version } of versionsOf(store, prompts, label)) {
    views.push(promptViewAt(prompt, version));
  }
  return views;
}

/** The same with their contents, as many as the budget of a page holds; at least one. */
async function withContents(store: TenantStore, prompts: readonly Prompt[], label: string = LATEST) {
  const full: (PromptView & { content: string })[] = [];
  const budget = pageBudget();
  for await (const { prompt, version } of versionsOf(store, prompts, label)) {
    if (!budget.takes(version.content)) return full;
    full.push({ ...promptViewAt(prompt, version), content: version.content });
  }
  return full;
}

/** Each prompt with its version at a label. */
async function* versionsOf(store: TenantStore, prompts: readonly Prompt[], label: string) {
  for (let from = 0; from < prompts.length; from += AT_ONCE) {
    const part = prompts.slice(from, from + AT_ONCE);
    const refs = part.map((prompt) => ({ promptId: prompt.id, number: versionAt(prompt, label) ?? 0 }));
    const versions = await store.versions.findMany(refs);
    for (const prompt of part) {
      const version = versions.find(({ promptId }) => promptId === prompt.id);
      if (version !== undefined) yield { prompt, version };
    }
  }
}

function sortKey(prompt: Prompt, sort: SortField): string | number {
  if (sort === "name") return prompt.name;
  return (sort === "created_at" ? prompt.createdAt : prompt.updatedAt).getTime();
}
