import { AppError } from "../domain/errors.ts";
import type { Actor, Caller } from "../domain/identity.ts";
import { checkUnprotected } from "../domain/labels.ts";
import type { Redirect } from "../domain/ports/redirects.ts";
import type { Cursors } from "../domain/ports/security.ts";
import type { Storage, TenantStore } from "../domain/ports/storage.ts";
import { type Prompt, type PromptView, promptView } from "../domain/prompt.ts";
import { audit } from "./audit.ts";
import { dependentsOnName } from "./dependents.ts";
import type { TenantEvents } from "./events.ts";
import { requirePrompt, requireVersion } from "./lookup.ts";
import { type Page, type PageRequest, pageOf } from "./page.ts";
import { nameTaken } from "./prompt-naming.ts";
import { indexPrompt } from "./prompt-records.ts";

/** Former names of one prompt. */
const MAX_REDIRECTS = 100;

export interface Renaming {
  readonly name: string;
  /** Whether the name that it had still leads to it. */
  readonly redirect: boolean;
}

export type RenamingService = ReturnType<typeof createRenamingService>;

/** Other names for prompts, and what becomes of those that they had. */
export function createRenamingService(deps: {
  readonly storage: Storage;
  readonly cursors: Cursors;
  readonly events: TenantEvents;
  readonly now: () => Date;
}) {
  const { storage, cursors, events, now } = deps;

  return {
    /** To the name that it has already changes nothing. Throws as `giveName` does. */
    async rename(caller: Actor, ref: string, renaming: Renaming): Promise<PromptView> {
      const { before, after } = await storage.tenant(caller.tenantId).write(async (store) => {
        const prompt = await requirePrompt(store, ref);
        return { before: prompt, after: await giveName(store, caller, prompt, renaming, now()) };
      });
      if (after !== undefined) {
        events.publish(caller.tenantId, { kind: "renamed", name: after.name, from: before.name });
      }
      return promptView(after ?? before);
    },

    /** From now on a former name leads nowhere. Throws `not_found` where it did not, `forbidden` as for renaming. */
    async removeRedirect(caller: Actor, name: string): Promise<Pick<Redirect, "name" | "leadsTo">> {
      return storage.tenant(caller.tenantId).write(async (store) => {
        const id = await store.redirects.find(name);
        const prompt = id === undefined ? undefined : await store.prompts.find({ id });
        if (prompt === undefined) {
          throw new AppError(
            "not_found",
            "No prompt has had this name. list_redirects tells the former names.",
          );
        }
        await checkProtection(store, caller, prompt, "end the redirect to it");
        await checkIncluded(store, caller, name, "end the redirect");
        await store.redirects.remove(name);
        await audit(store, caller, {
          target: { kind: "prompt", id: prompt.id, name: prompt.name },
          details: { former_name: name },
          event: { type: "prompt.redirect_removed", previousName: name },
        });
        return { name, leadsTo: prompt.name };
      });
    },

    /** Former names in order, of one prompt or of all. */
    listRedirects(
      caller: Caller,
      { ref, ...request }: PageRequest & { readonly ref?: string | undefined },
    ): Promise<Page<Redirect>> {
      return storage.tenant(caller.tenantId).read(async (store) => {
        const promptId = ref === undefined ? undefined : (await requirePrompt(store, ref)).id;
        const scope = { tenantId: caller.tenantId, query: { operation: "list_redirects", promptId } };
        return pageOf(request, {
          cursors,
          scope,
          read: (limit, after) =>
            store.redirects.list({ promptId, limit, after: after && String(after.key) }),
          positionOf: ({ name, promptId }) => ({ key: name, id: promptId }),
        });
      });
    },
  };
}

/**
 * Gives a prompt another name, with its words, its place in the outbox and its record in the audit; `undefined` when it has
 * that name already. However often a prompt is renamed, each former name leads straight to it. Throws `conflict` when
 * another prompt has the name, archived or not, and `forbidden` where a protected label is concerned.
 */
export async function giveName(
  store: TenantStore,
  caller: Actor,
  prompt: Prompt,
  { name, redirect }: Renaming,
  at: Date,
): Promise<Prompt | undefined> {
  if (name === prompt.name) return undefined;
  const existing = await store.prompts.find({ name });
  if (existing !== undefined) throw nameTaken(existing, "Choose another name.");
  await checkProtection(store, caller, prompt, "rename it");
  if (!redirect) await checkIncluded(store, caller, prompt.name, "rename it without a redirect");
  await checkTaking(store, caller, name, prompt.id);
  if (redirect && (await store.redirects.count(prompt.id)) >= MAX_REDIRECTS) {
    throw new AppError(
      "conflict",
      `${MAX_REDIRECTS} former names lead to the prompt, which is as many as there can be. End some with remove_redirect.`,
      { allowed: MAX_REDIRECTS },
    );
  }
  const renamed = { ...prompt, name, updatedAt: at };
  await store.prompts.rename(prompt.id, name, at);
  if (redirect) await store.redirects.put({ name: prompt.name, promptId: prompt.id, createdAt: at });
  if (prompt.archivedAt === undefined) {
    await indexPrompt(store, renamed, await requireVersion(store, prompt.id, prompt.latestVersion));
  }
  await audit(store, caller, {
    target: { kind: "prompt", id: prompt.id, name },
    details: { from: prompt.name, to: name, redirect },
    event: { type: "prompt.renamed", version: prompt.latestVersion, previousName: prompt.name },
  });
  return renamed;
}

/**
 * Before a name is taken that leads to another prompt: what reads that by its former name and a protected label would find
 * the new one. Throws `forbidden`.
 */
export async function checkTaking(
  store: TenantStore,
  caller: Caller,
  name: string,
  byPromptId?: string,
): Promise<void> {
  const id = await store.redirects.find(name);
  if (id === undefined || id === byPromptId) return;
  const prompt = await store.prompts.find({ id });
  if (prompt !== undefined)
    await checkProtection(store, caller, prompt, "take a name that still leads to it");
  await checkIncluded(store, caller, name, "take it from the prompt that it leads to");
}

/** As many names as an error tells. */
const MAX_TOLD = 20;

/**
 * Before what is included by a name becomes another prompt, or none: versions at protected labels would say something that
 * nobody approved, at the same number even. Throws `forbidden`, as where more include it than are looked at.
 */
async function checkIncluded(store: TenantStore, caller: Caller, name: string, what: string): Promise<void> {
  if (caller.permissions.has("tenant:admin")) return;
  const protectedLabels = await store.labels.protected();
  const { dependents, more } = await dependentsOnName(store, name);
  const met = dependents.filter(({ prompt: { labels }, version }) =>
    protectedLabels.some((label) => Object.hasOwn(labels, label) && labels[label] === version),
  );
  if (met.length === 0 && !more) return;
  throw new AppError(
    "forbidden",
    `Prompts with a label that is protected in your tenant include ${name}: only an admin may ${what}. who_uses tells which. Ask an admin, or leave it as it is.`,
    { protected: true, included_by: met.slice(0, MAX_TOLD).map(({ prompt }) => prompt.name) },
  );
}

async function checkProtection(store: TenantStore, caller: Caller, { labels }: Prompt, what: string) {
  const { permissions } = caller;
  checkUnprotected({ labels, protectedLabels: await store.labels.protected(), permissions }, what);
}
