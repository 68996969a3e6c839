import { AppError } from "../domain/errors.ts";
import type { Actor, Caller } from "../domain/identity.ts";
import type { Cursors } from "../domain/ports/security.ts";
import type { Storage, TenantStore } from "../domain/ports/storage.ts";
import { MAX_TAGS, type Prompt, type PromptView, promptView } from "../domain/prompt.ts";
import { audit } from "./audit.ts";
import { refuseArchived, requirePrompt, requireVersion } from "./lookup.ts";
import { type Page, type PageRequest, pageOf } from "./page.ts";
import { putWords } from "./prompt-records.ts";

/** Prompts that a renaming changes in one transaction: others write in between. */
const AT_ONCE = 50;

export interface TagChange {
  readonly add: readonly string[];
  readonly remove: readonly string[];
}

export type TagService = ReturnType<typeof createTagService>;

/** The tags that prompts are filed under: changing them makes no version. */
export function createTagService(deps: {
  readonly storage: Storage;
  readonly cursors: Cursors;
  readonly now: () => Date;
}) {
  const { storage, cursors, now } = deps;

  return {
    /** The tags in use, in order, with how many prompts have each. */
    list(
      caller: Caller,
      { prefix, ...request }: PageRequest & { readonly prefix: string },
    ): Promise<Page<{ tag: string; prompts: number }>> {
      const scope = { tenantId: caller.tenantId, query: { operation: "list_tags", prefix } };
      return storage.tenant(caller.tenantId).read(({ prompts }) =>
        pageOf(request, {
          cursors,
          scope,
          read: (limit, after) => prompts.tags({ prefix, limit, after: after && String(after.key) }),
          positionOf: ({ tag }) => ({ key: tag, id: "" }),
        }),
      );
    },

    /** Adds and removes tags of a prompt. What is there, or is not there, already changes nothing. */
    change(caller: Actor, ref: string, change: TagChange): Promise<PromptView> {
      return storage.tenant(caller.tenantId).write(async (store) => {
        const prompt = await requirePrompt(store, ref);
        return promptView((await retag(store, caller, prompt, change, now())) ?? prompt);
      });
    },

    /**
     * Gives a tag another name on all prompts of the tenant, archived ones too; gives how many had it. Where both are on a
     * prompt, one is left. Some at a time: when it is interrupted, doing it again does the rest. Throws `not_found` where no
     * prompt has the tag.
     */
    async rename(caller: Actor, from: string, to: string): Promise<number> {
      const tenant = storage.tenant(caller.tenantId);
      if (from === to)
        throw new AppError("invalid_input", "The tag has this name already. Give another one.");
      const ids = await tenant.read(({ prompts }) => tagged(prompts, from));
      if (ids.length === 0) {
        throw new AppError("not_found", "No prompt has this tag. list_tags tells which there are.");
      }
      let renamed = 0;
      for (let at = 0; at < ids.length; at += AT_ONCE) {
        const part = ids.slice(at, at + AT_ONCE);
        renamed += await tenant.write((store) => renameSome(store, caller, part, { from, to }));
      }
      return renamed;
    },
  };
}

/**
 * Changes the tags of a prompt, with its words and its record in the audit; `undefined` when it has them so already. Throws
 * `conflict` for an archived one, `invalid_input` for too many.
 */
export async function retag(
  store: TenantStore,
  caller: Actor,
  prompt: Prompt,
  { add, remove }: TagChange,
  at: Date,
): Promise<Prompt | undefined> {
  refuseArchived(prompt, "tag it");
  const tags = sorted([...prompt.tags.filter((tag) => !remove.includes(tag)), ...add]);
  const added = tags.filter((tag) => !prompt.tags.includes(tag));
  const removed = prompt.tags.filter((tag) => !tags.includes(tag));
  if (added.length === 0 && removed.length === 0) return undefined;
  if (tags.length > MAX_TAGS) {
    throw new AppError("invalid_input", `A prompt has at most ${MAX_TAGS} tags. Remove some first.`, {
      tags: prompt.tags.length,
      limit: MAX_TAGS,
    });
  }
  const changed = { ...prompt, tags, updatedAt: at };
  await store.prompts.update(changed);
  await putWords(store, changed, await requireVersion(store, prompt.id, prompt.latestVersion));
  await audit(store, caller, {
    target: { kind: "prompt", id: prompt.id, name: prompt.name },
    details: { added, removed },
    event: { type: "prompt.tagged", version: prompt.latestVersion },
  });
  return changed;
}

/** Leaves `updatedAt` alone: nobody has worked on these prompts. One record in the audit for all of them. */
async function renameSome(
  store: TenantStore,
  caller: Actor,
  ids: readonly string[],
  { from, to }: { readonly from: string; readonly to: string },
): Promise<number> {
  // As they are now: some may have lost the tag since they were looked for.
  const prompts = (await store.prompts.findMany(ids)).filter(({ tags }) => tags.includes(from));
  for (const prompt of prompts) {
    const changed = { ...prompt, tags: sorted([...prompt.tags.filter((tag) => tag !== from), to]) };
    await store.prompts.update(changed);
    if (prompt.archivedAt !== undefined) continue;
    await putWords(store, changed, await requireVersion(store, prompt.id, prompt.latestVersion));
  }
  if (prompts.length > 0) {
    await audit(store, caller, {
      target: { kind: "tag", id: from },
      details: { from, to, prompts: prompts.length },
    });
  }
  return prompts.length;
}

async function tagged(prompts: TenantStore["prompts"], tag: string): Promise<string[]> {
  return [...(await prompts.findIds({ tag })), ...(await prompts.findIds({ tag, archived: true }))];
}

function sorted(tags: readonly string[]): string[] {
  return [...new Set(tags)].sort();
}
