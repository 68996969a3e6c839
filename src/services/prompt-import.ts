import { randomUUID } from "node:crypto";
import { setImmediate as otherWork } from "node:timers/promises";
import { AppError } from "../domain/errors.ts";
import type { ImportChoices, ImportedPrompt, ImportOutcome } from "../domain/exchanged.ts";
import type { Actor } from "../domain/identity.ts";
import type { Storage, TenantStore } from "../domain/ports/storage.ts";
import { audit } from "./audit.ts";
import type { TenantEvents } from "./events.ts";
import { checkMove, requireRoom, setLabelWithin } from "./labels.ts";
import { pauses } from "./long-work.ts";
import { requirePrompt } from "./lookup.ts";
import { type ImportPlan, planImport, readBodies } from "./prompt-import-plan.ts";
import { headOf, indexPrompt, insertVersion } from "./prompt-records.ts";
import { refuseCycle } from "./prompts.ts";
import type { QuotaService } from "./quotas.ts";
import { checkTaking } from "./renaming.ts";
import { retag } from "./tags.ts";

export type PromptImportService = ReturnType<typeof createPromptImportService>;

/** For the history of a label that an import has moved. */
const REASON = "Imported";

/** Prompts from elsewhere, with their versions and labels: each whole or not at all. */
export function createPromptImportService(deps: {
  readonly storage: Storage;
  readonly events: TenantEvents;
  readonly quotas: Pick<QuotaService, "requireWithin">;
  readonly now: () => Date;
}) {
  const { storage, events, quotas, now } = deps;

  return {
    /**
     * Makes the library hold a prompt as it is given. Doing it twice changes nothing. Throws `conflict` for an archived one, and
     * for one that is there where that is to fail; `precondition_failed` for another version than expected; and what creating
     * and updating throw. A label that the caller may not move stays where it is, which a note tells.
     */
    async put(caller: Actor, prompt: ImportedPrompt, choices: ImportChoices): Promise<ImportOutcome> {
      // All of it keeps the thread: without this, nobody else is answered before the last of many prompts is in.
      await otherWork();
      const bodies = await readBodies(prompt.versions);
      const tenant = storage.tenant(caller.tenantId);
      if (choices.dryRun) {
        return tenant.read(async (store) => {
          const plan = await planImport(store, prompt, bodies, choices);
          const { refused } = await allowedMoves(store, caller, plan);
          return outcomeOf(plan, refused);
        });
      }
      const { outcome, moved } = await tenant.write(async (store) => {
        const plan = await planImport(store, prompt, bodies, choices);
        const promptId = await writeVersions(store, caller, prompt.name, plan);
        const { moves, refused } = await allowedMoves(store, caller, plan);
        for (const [label, version] of moves) {
          const stored = await requirePrompt(store, promptId);
          await setLabelWithin(store, caller, { prompt: stored, label, reason: REASON, at: now() }, version);
        }
        return { outcome: outcomeOf(plan, refused), moved: moves.map(([label]) => label) };
      });
      const { name } = prompt;
      if (outcome.outcome === "created") events.publish(caller.tenantId, { kind: "created", name });
      if (outcome.outcome === "updated") events.publish(caller.tenantId, { kind: "updated", name });
      for (const label of moved) events.publish(caller.tenantId, { kind: "label_moved", name, label });
      return outcome;
    },
  };

  async function writeVersions(
    store: TenantStore,
    caller: Actor,
    name: string,
    { existing, add, tags }: ImportPlan,
  ): Promise<string> {
    const at = now();
    const promptId = existing?.id ?? randomUUID();
    const versions = add.map(({ number, change_note, title, description, body }) => ({
      promptId,
      number,
      title,
      description,
      tags,
      ...body,
      authorId: caller.userId,
      changeNote: change_note,
      createdAt: at,
    }));
    const last = versions.at(-1);
    if (last === undefined) {
      if (existing === undefined) throw new AppError("internal", "An import without a version.");
      const add = tags.filter((tag) => !existing.tags.includes(tag));
      const remove = existing.tags.filter((tag) => !tags.includes(tag));
      await retag(store, caller, existing, { add, remove }, at);
      return promptId;
    }
    const head = { ...headOf(last), updatedAt: at };
    const prompt =
      existing === undefined
        ? {
            id: promptId,
            name,
            authorId: caller.userId,
            createdAt: at,
            archivedAt: undefined,
            labels: {},
            ...head,
          }
        : { ...existing, ...head };
    if (existing === undefined) {
      await checkTaking(store, caller, name);
      await store.prompts.insert(prompt);
    } else await store.prompts.update(prompt);
    // Other writes wait for the end of the transaction, but nobody's reads do.
    const pause = pauses();
    for (const [place, version] of versions.entries()) {
      await pause();
      await insertVersion(store, version, add[place]?.includes);
    }
    await refuseCycle(store, name);
    await quotas.requireWithin(store, [
      ...(existing === undefined ? (["prompts"] as const) : []),
      "versions",
      "storage_bytes",
    ]);
    await indexPrompt(store, prompt, last);
    await audit(store, caller, {
      target: { kind: "prompt", id: promptId, name },
      details: { version: last.number, ...(versions.length > 1 && { versions: versions.length }) },
      event: { type: existing === undefined ? "prompt.created" : "prompt.updated", version: last.number },
    });
    return promptId;
  }
}

/** Which of the moves that are planned the caller may make, and what keeps the others from being made. */
async function allowedMoves(store: TenantStore, caller: Actor, { existing, moves }: ImportPlan) {
  const allowed: (readonly [label: string, version: number])[] = [];
  const refused: string[] = [];
  let labels = Object.keys(existing?.labels ?? {}).length;
  for (const [label, version] of moves) {
    try {
      if (!Object.hasOwn(existing?.labels ?? {}, label)) requireRoom(labels++);
      await checkMove(store, caller, { promptId: existing?.id ?? "", label, toVersion: version });
      allowed.push([label, version]);
    } catch (error) {
      if (!(error instanceof AppError) || (error.code !== "forbidden" && error.code !== "conflict"))
        throw error;
      refused.push(`The label ${label} stays as it is. ${error.message}`);
    }
  }
  return { moves: allowed, refused };
}

function outcomeOf(plan: ImportPlan, refused: readonly string[]): ImportOutcome {
  const { existing, isSkipped, add, isRetagged, version, moves } = plan;
  const isMoved = moves.length > refused.length;
  const notes = [...plan.notes, ...refused];
  if (isSkipped) return { outcome: "skipped", version, notes };
  if (existing === undefined) return { outcome: "created", version, notes };
  const isChanged = add.length > 0 || isRetagged || isMoved;
  return { outcome: isChanged ? "updated" : "unchanged", version, notes };
}
