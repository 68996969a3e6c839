import { setImmediate as otherWork } from "node:timers/promises";
import { AppError, type ErrorCode } from "../domain/errors.ts";
import type { Actor } from "../domain/identity.ts";
import { LATEST, nameProblem } from "../domain/names.ts";
import type { Cursors } from "../domain/ports/security.ts";
import type { Storage, TenantStore, UnitOfWork } from "../domain/ports/storage.ts";
import { type Prompt, versionAt } from "../domain/prompt.ts";
import { setArchivedWithin } from "./archiving.ts";
import type { PromptEvent, TenantEvents } from "./events.ts";
import { setLabelWithin } from "./labels.ts";
import { findPrompt } from "./lookup.ts";
import { filterOf } from "./prompt-listing.ts";
import { giveName } from "./renaming.ts";
import { retag } from "./tags.ts";

/** Prompts that are changed in one transaction: others write in between. */
const AT_ONCE = 20;

export type BulkChange =
  | { readonly kind: "add_tags" | "remove_tags"; readonly tags: readonly string[] }
  | { readonly kind: "archive" | "restore" }
  | { readonly kind: "move"; readonly folder: string }
  | { readonly kind: "label"; readonly label: string };

export interface PromptSelection {
  readonly archived?: boolean | undefined;
  readonly tag?: string | undefined;
  readonly folder?: string | undefined;
  readonly label?: string | undefined;
  readonly author?: string | undefined;
}

export interface BulkRequest {
  /** Names or ids: these prompts, and no filter. */
  readonly refs?: readonly string[] | undefined;
  readonly selection: PromptSelection;
  readonly change: BulkChange;
  readonly dryRun: boolean;
  /** How many prompts of a selection at most. */
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface BulkOutcome {
  readonly id: string | null;
  readonly name: string;
  readonly outcome: "changed" | "unchanged" | "refused";
  readonly new_name: string | null;
  readonly code: ErrorCode | null;
  readonly reason: string | null;
}

/** What became of a prompt, and what others may want to hear of it. */
interface Told {
  readonly outcome: BulkOutcome;
  readonly event?: PromptEvent | undefined;
}

/** A prompt that is to be changed, or the name under which there is none. */
type Target = { readonly id: string } | { readonly missing: string };

export type BulkChangeService = ReturnType<typeof createBulkChangeService>;

/** One change for many prompts, each by the rules that it has alone. */
export function createBulkChangeService(deps: {
  readonly storage: Storage;
  readonly cursors: Cursors;
  readonly events: TenantEvents;
  readonly now: () => Date;
}) {
  const { storage, cursors, events, now } = deps;

  return {
    /**
     * Changes the prompts that are named, or those that pass a filter, the oldest first, page by page. What is refused for one
     * says why, and the others are changed all the same. A dry run tells what would become of each: it is the same work,
     * undone. Some are changed in a transaction, each with its record in the audit; doing it all again changes nothing.
     */
    async update(caller: Actor, request: BulkRequest) {
      const { change, selection, dryRun } = request;
      const tenant = storage.tenant(caller.tenantId);
      const { targets, nextCursor } = await choose(caller, tenant, request);
      const claimed = new Set<string>();
      const told: Told[] = [];
      for (let at = 0; at < targets.length; at += AT_ONCE) {
        const part = targets.slice(at, at + AT_ONCE);
        const work = async (store: TenantStore) => {
          const done: Told[] = [];
          for (const target of part) {
            done.push(await changeOne(store, caller, target, { change, selection, claimed, at: now() }));
          }
          return done;
        };
        const done = dryRun ? await rehearse(tenant, work) : await tenant.write(work);
        told.push(...done);
        await otherWork();
        if (dryRun) continue;
        for (const { event } of done) if (event !== undefined) events.publish(caller.tenantId, event);
      }
      const items = told.map(({ outcome }) => outcome);
      const count = (outcome: BulkOutcome["outcome"]) =>
        items.filter((item) => item.outcome === outcome).length;
      return {
        dry_run: dryRun,
        changed: count("changed"),
        unchanged: count("unchanged"),
        refused: count("refused"),
        items,
        next_cursor: nextCursor,
      };
    },
  };

  async function choose(
    caller: Actor,
    tenant: UnitOfWork<TenantStore>,
    { refs, selection, change, dryRun, limit, cursor }: BulkRequest,
  ): Promise<{ targets: Target[]; nextCursor: string | null }> {
    if (refs !== undefined) {
      const targets = await tenant.read((store) => Promise.all(refs.map((ref) => named(store, ref))));
      const once = new Map(targets.map((target) => ["id" in target ? target.id : target.missing, target]));
      return { targets: [...once.values()], nextCursor: null };
    }
    const scope = {
      tenantId: caller.tenantId,
      query: { operation: "bulk_update_prompts", selection, change, dryRun },
    };
    const after = cursor === undefined ? undefined : cursors.open(scope, cursor);
    // By the time of its making, which none of the changes moves: what is changed stays behind the cursor.
    const sort = { sort: "created_at", descending: false } as const;
    const rows = await tenant.read(({ prompts }) =>
      prompts.list({ filter: filterOf(selection), ...sort, limit: limit + 1, after }),
    );
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    return {
      targets: page,
      nextCursor:
        rows.length > limit && last !== undefined
          ? cursors.seal(scope, { key: last.createdAt.getTime(), id: last.id })
          : null,
    };
  }
}

async function named(store: TenantStore, ref: string): Promise<Target> {
  const prompt = await findPrompt(store, ref);
  return prompt === undefined ? { missing: ref } : { id: prompt.id };
}

/** What was done of a piece of work when all of it is undone. */
async function rehearse<T>(
  tenant: UnitOfWork<TenantStore>,
  work: (store: TenantStore) => Promise<T>,
): Promise<T> {
  const undone = new Error("This was a rehearsal.");
  let result: { readonly value: T } | undefined;
  await tenant
    .write(async (store) => {
      result = { value: await work(store) };
      throw undone;
    })
    .catch((error: unknown) => {
      if (error !== undone) throw error;
    });
  if (result === undefined) throw undone;
  return result.value;
}

interface Change {
  readonly change: BulkChange;
  readonly selection: PromptSelection;
  /** Names that prompts get in this call. */
  readonly claimed: Set<string>;
  readonly at: Date;
}

/** Whatever is refused is refused before anything of it is written: the prompts before and after it are not undone with it. */
async function changeOne(store: TenantStore, caller: Actor, target: Target, given: Change): Promise<Told> {
  const [prompt] = "id" in target ? await store.prompts.findMany([target.id]) : [];
  if (prompt === undefined) {
    const name = "missing" in target ? target.missing : target.id;
    return { outcome: refusal(null, name, new AppError("not_found", "No prompt has this name or id here.")) };
  }
  const { id, name } = prompt;
  try {
    const changed = await apply(store, caller, prompt, given);
    return {
      outcome: {
        ...{ id, name, code: null, reason: null },
        outcome: changed === undefined ? "unchanged" : "changed",
        new_name: changed?.newName ?? null,
      },
      event: changed?.event,
    };
  } catch (error) {
    if (error instanceof AppError && REFUSALS.has(error.code)) return { outcome: refusal(id, name, error) };
    throw error;
  }
}

/** What concerns one prompt; anything else ends the whole call. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set(["forbidden", "conflict", "invalid_input", "not_found"]);

function refusal(id: string | null, name: string, { code, message }: AppError): BulkOutcome {
  return { id, name, outcome: "refused", new_name: null, code, reason: message };
}

/** `undefined`: the prompt is so already. */
async function apply(
  store: TenantStore,
  caller: Actor,
  prompt: Prompt,
  { change, selection, claimed, at }: Change,
): Promise<{ readonly newName?: string; readonly event?: PromptEvent } | undefined> {
  const { name } = prompt;
  switch (change.kind) {
    case "add_tags":
      return (await retag(store, caller, prompt, { add: change.tags, remove: [] }, at)) && {};
    case "remove_tags":
      return (await retag(store, caller, prompt, { add: [], remove: change.tags }, at)) && {};
    case "archive":
    case "restore": {
      const next = await setArchivedWithin(store, caller, prompt, change.kind === "archive", at);
      return next && { event: { kind: change.kind === "archive" ? "archived" : "restored", name } };
    }
    case "move": {
      const newName = nameIn(change.folder, name, selection.folder);
      if (claimed.has(newName) && newName !== name) {
        throw new AppError("conflict", "Another prompt of this call gets this name.");
      }
      const next = await giveName(store, caller, prompt, { name: newName, redirect: true }, at);
      claimed.add(newName);
      return next && { newName, event: { kind: "renamed", name: newName, from: name } };
    }
    case "label": {
      const { label } = change;
      // Chosen by a label, a prompt gets the other one where that points to.
      const version = versionAt(prompt, selection.label ?? LATEST) ?? prompt.latestVersion;
      const { changed } = await setLabelWithin(store, caller, { prompt, label, at }, version);
      return changed ? { event: { kind: "label_moved", name, label } } : undefined;
    }
  }
}

/** What stands below the folder that was chosen stays below the new one; otherwise the last part of the name does. */
function nameIn(folder: string, name: string, chosen: string | undefined): string {
  const below = chosen === undefined ? name.slice(name.lastIndexOf("/") + 1) : name.slice(chosen.length + 1);
  const moved = folder === "" ? below : `${folder}/${below}`;
  const problem = nameProblem(moved);
  if (problem === undefined) return moved;
  throw new AppError("invalid_input", `The new name would be none: ${problem}.`);
}
