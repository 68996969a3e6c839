import { AppError } from "../domain/errors.ts";
import type { Actor } from "../domain/identity.ts";
import type { Storage, TenantStore } from "../domain/ports/storage.ts";
import type { Prompt } from "../domain/prompt.ts";
import { audit } from "./audit.ts";
import type { TenantEvents } from "./events.ts";
import { requirePrompt, requireVersion } from "./lookup.ts";

/** What is left of a prompt that was deleted: its record in the audit says as much. */
export interface Tombstone {
  readonly id: string;
  readonly name: string;
  readonly versions: number;
}

export type DeletionService = ReturnType<typeof createDeletionService>;

/** How a single prompt goes for good. */
export function createDeletionService(deps: { readonly storage: Storage; readonly events: TenantEvents }) {
  const { storage, events } = deps;

  return {
    /**
     * Removes an archived prompt with its versions, labels, reviews, favourites, uses and former names, and takes it out of
     * search histories and kept answers. Its vectors go as soon as the indexer gets to it, since the outbox outlives it.
     * Throws `invalid_input` unless its name was typed, `conflict` unless it is archived.
     */
    async deletePrompt(caller: Actor, ref: string, typedName: string): Promise<Tombstone> {
      const tombstone = await storage.tenant(caller.tenantId).write(async (store) => {
        const prompt = await requirePrompt(store, ref);
        const { id, name, latestVersion: versions } = prompt;
        if (typedName !== name) {
          throw new AppError("invalid_input", "confirm has to be the prompt's name, exactly as it is now.");
        }
        if (prompt.archivedAt === undefined) {
          throw new AppError(
            "conflict",
            "Only an archived prompt can be deleted. Archive it with archive_prompt first.",
          );
        }
        const latest = await requireVersion(store, id, versions);
        await store.history.forgetPrompt(id);
        await store.once.forgetAnswers(id);
        await forgetWords(store, prompt);
        await store.enqueueIndexing(id);
        await store.prompts.remove(id);
        await audit(store, caller, {
          target: { kind: "prompt", id, name },
          details: { versions, content_hash: latest.contentHash, created_at: prompt.createdAt.toISOString() },
          event: { type: "prompt.deleted" },
        });
        return { id, name, versions };
      });
      events.publish(caller.tenantId, { kind: "deleted", name: tombstone.name });
      return tombstone;
    },
  };
}

/** Versions read at a time: with the largest contents, 2 MiB. */
const AT_ONCE = 8;

/** What was said in it alone is no proposal for how others are spelt. */
async function forgetWords(store: TenantStore, { id, name, tags }: Prompt): Promise<void> {
  const inUse = new Set<string>();
  await store.words.forget([name, ...tags], inUse);
  for (let before: number | undefined; ; ) {
    const versions = await store.versions.list(id, { limit: AT_ONCE, before });
    for (const { title, description, tags: had, content } of versions) {
      await store.words.forget([title, description, ...had, content], inUse);
    }
    before = versions.at(-1)?.number;
    if (versions.length < AT_ONCE) return;
  }
}
