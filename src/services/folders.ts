import type { Caller } from "../domain/identity.ts";
import type { Cursors } from "../domain/ports/security.ts";
import type { Storage } from "../domain/ports/storage.ts";
import type { Page } from "./page.ts";

export type FolderService = ReturnType<typeof createFolderService>;

/** Folders are what names have before their slashes: there is nothing to make or remove. */
export function createFolderService(deps: { readonly storage: Storage; readonly cursors: Cursors }) {
  const { storage, cursors } = deps;

  return {
    /** The folders right below one, or the outermost ones, in order, with how many prompts each holds, all the way down. */
    list(
      caller: Caller,
      query: { readonly folder: string; readonly limit: number; readonly cursor?: string | undefined },
    ): Promise<Page<{ folder: string; prompts: number }>> {
      const { folder, limit, cursor } = query;
      const scope = { tenantId: caller.tenantId, query: { operation: "list_folders", folder } };
      const after = cursor === undefined ? undefined : String(cursors.open(scope, cursor).key);
      const prefix = folder === "" ? "" : `${folder}/`;
      return storage.tenant(caller.tenantId).read(async ({ prompts }) => {
        const rows = await prompts.folders({ prefix, limit: limit + 1, after });
        const items = rows.slice(0, limit);
        const last = items.at(-1);
        return {
          items,
          next_cursor:
            rows.length > limit && last !== undefined
              ? cursors.seal(scope, { key: last.folder, id: "" })
              : null,
        };
      });
    },
  };
}
