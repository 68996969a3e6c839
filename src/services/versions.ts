import { AppError } from "../domain/errors.ts";
import type { Caller } from "../domain/identity.ts";
import type { Cursors } from "../domain/ports/security.ts";
import type { Storage, TenantStore } from "../domain/ports/storage.ts";
import { type Version, type VersionView, versionView } from "../domain/prompt.ts";
import { changedFields, diffText } from "../domain/version-diff.ts";
import { requirePrompt, requireVersion } from "./lookup.ts";
import type { Page } from "./page.ts";
import { pageBudget } from "./page-budget.ts";

export type VersionService = ReturnType<typeof createVersionService>;

/** The history of a prompt. */
export function createVersionService(deps: { readonly storage: Storage; readonly cursors: Cursors }) {
  return {
    /** What changed between two versions: without numbers, in the latest one. Throws `invalid_input` for the first and the one before it. */
    compare(
      caller: Caller,
      query: {
        readonly ref: string;
        readonly from?: number | undefined;
        readonly to?: number | undefined;
      },
    ) {
      return deps.storage.tenant(caller.tenantId).read(async (store) => {
        const prompt = await requirePrompt(store, query.ref);
        const to = query.to ?? prompt.latestVersion;
        const newer = await requireVersion(store, prompt.id, to);
        // Not `to - 1`: the versions of a prompt that moved in may have gaps.
        const from =
          query.from ?? (await store.versions.list(prompt.id, { limit: 1, before: to }))[0]?.number;
        if (from === undefined) {
          throw new AppError(
            "invalid_input",
            `Version ${to} is the first: there is none before it to compare with. Name two versions.`,
          );
        }
        const older = await requireVersion(store, prompt.id, from);
        const names = [`${prompt.name} v${from}`, `${prompt.name} v${to}`] as const;
        const { unified, hunks } = diffText(older.content, newer.content, names);
        const fields = changedFields(older, newer);
        const same = unified === "" && fields.length === 0;
        return { id: prompt.id, name: prompt.name, from, to, same, unified, hunks: [...hunks], fields };
      });
    },

    /** Newest first. */
    list(
      caller: Caller,
      query: { readonly ref: string; readonly limit: number; readonly cursor?: string | undefined },
    ): Promise<Page<VersionView> & { id: string; name: string }> {
      return deps.storage.tenant(caller.tenantId).read(async (store) => {
        const prompt = await requirePrompt(store, query.ref);
        const scope = { tenantId: caller.tenantId, query: { operation: "get_versions", prompt: prompt.id } };
        const before =
          query.cursor === undefined ? undefined : Number(deps.cursors.open(scope, query.cursor).key);
        const { page, more } = await readPage(store, prompt.id, query.limit, before);
        const last = page.at(-1);
        return {
          id: prompt.id,
          name: prompt.name,
          items: page.map((version) => versionView(version, prompt.labels)),
          next_cursor:
            more && last !== undefined ? deps.cursors.seal(scope, { key: last.number, id: prompt.id }) : null,
        };
      });
    },
  };
}

/** Versions read at a time: with the largest contents, 2 MiB. */
const AT_ONCE = 8;

/** A page ends at its limit or, with large contents, at its budget; it has at least one version while there is one. */
async function readPage(store: TenantStore, promptId: string, limit: number, before: number | undefined) {
  const page: Version[] = [];
  const budget = pageBudget();
  for (let from = before; ; from = page.at(-1)?.number) {
    const rows = await store.versions.list(promptId, { limit: AT_ONCE, before: from });
    for (const row of rows) {
      if (page.length === limit || !budget.takes(row.content)) return { page, more: true };
      page.push(row);
    }
    if (rows.length < AT_ONCE) return { page, more: false };
  }
}
