import type { Caller } from "../domain/identity.ts";
import type { Cursors } from "../domain/ports/security.ts";
import type { Storage } from "../domain/ports/storage.ts";
import { type Page, type PageRequest, pageOf } from "./page.ts";

export type FolderService = ReturnType<typeof createFolderService>;

/** Folders are what names have before their slashes: there is nothing to make or remove. */
export function createFolderService(deps: { readonly storage: Storage; readonly cursors: Cursors }) {
  const { storage, cursors } = deps;

  return {
    /** The folders right below one, or the outermost ones, in order, with how many prompts each holds, all the way down. */
    list(
      caller: Caller,
      { folder, ...request }: PageRequest & { readonly folder: string },
    ): Promise<Page<{ folder: string; prompts: number }>> {
      const scope = { tenantId: caller.tenantId, query: { operation: "list_folders", folder } };
      const prefix = folder === "" ? "" : `${folder}/`;
      return storage.tenant(caller.tenantId).read(({ prompts }) =>
        pageOf(request, {
          cursors,
          scope,
          read: (limit, after) => prompts.folders({ prefix, limit, after: after && String(after.key) }),
          positionOf: ({ folder }) => ({ key: folder, id: "" }),
        }),
      );
    },
  };
}
