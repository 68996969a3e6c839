import type { Actor } from "../domain/identity.ts";
import { checkUnprotected } from "../domain/labels.ts";
import type { TenantStore } from "../domain/ports/storage.ts";
import type { Prompt } from "../domain/prompt.ts";
import { audit } from "./audit.ts";
import { requireVersion } from "./lookup.ts";
import { putWords } from "./prompt-records.ts";

/**
 * Puts a prompt away, or brings it back, in a transaction that is under way: with its words, its place in the outbox and its
 * record in the audit; `undefined` where it is so already. Throws `forbidden` where it has a protected label and the caller may
 * not remove that.
 */
export async function setArchivedWithin(
  store: TenantStore,
  caller: Actor,
  prompt: Prompt,
  archived: boolean,
  at: Date,
): Promise<Prompt | undefined> {
  if ((prompt.archivedAt !== undefined) === archived) return undefined;
  const { id, name, labels } = prompt;
  if (archived) {
    const { permissions } = caller;
    checkUnprotected({ labels, protectedLabels: await store.labels.protected(), permissions }, "archive it");
  }
  const next = { ...prompt, archivedAt: archived ? at : undefined, updatedAt: at };
  await store.prompts.update(next);
  if (archived) await store.words.remove(id);
  else await putWords(store, next, await requireVersion(store, id, prompt.latestVersion));
  await store.enqueueIndexing(id);
  await audit(store, caller, {
    target: { kind: "prompt", id, name },
    event: { type: archived ? "prompt.archived" : "prompt.restored", version: prompt.latestVersion },
  });
  return next;
}
