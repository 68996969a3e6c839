import type { Caller } from "../domain/identity.ts";
import type { Cursors } from "../domain/ports/security.ts";
import type { Storage } from "../domain/ports/storage.ts";
import { type VersionView, versionView } from "../domain/prompt.ts";
import { requirePrompt } from "./lookup.ts";
import type { Page } from "./prompts.ts";

export type VersionService = ReturnType<typeof createVersionService>;

/** The history of a prompt. */
export function createVersionService(deps: { readonly storage: Storage; readonly cursors: Cursors }) {
  return {
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
        const rows = await store.versions.list(prompt.id, { limit: query.limit + 1, before });
        const page = rows.slice(0, query.limit);
        const last = page.at(-1);
        return {
          id: prompt.id,
          name: prompt.name,
          items: page.map(versionView),
          next_cursor:
            rows.length > query.limit && last !== undefined
              ? deps.cursors.seal(scope, { key: last.number, id: prompt.id })
              : null,
        };
      });
    },
  };
}
