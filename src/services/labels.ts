import { AppError } from "../domain/errors.ts";
import type { Actor, Caller } from "../domain/identity.ts";
import {
  checkExpected,
  checkLabelMove,
  type Label,
  type LabelChange,
  type LabelMove,
  type LabelMoveView,
  labelMoveView,
  MAX_LABELS,
} from "../domain/labels.ts";
import type { Cursors } from "../domain/ports/security.ts";
import type { Storage, TenantStore } from "../domain/ports/storage.ts";
import type { Prompt } from "../domain/prompt.ts";
import type { EventType } from "../domain/webhook-events.ts";
import { audit } from "./audit.ts";
import type { TenantEvents } from "./events.ts";
import { noSuchLabel, refuseArchived, requirePrompt, requireVersion } from "./lookup.ts";
import { type Page, type PageRequest, pageOf } from "./page.ts";

export interface LabelRequest {
  readonly ref: string;
  readonly label: string;
  /** Where the mover believes the label to point to, `null` for nowhere; anything else is `precondition_failed`. */
  readonly expectedVersion?: number | null | undefined;
  readonly reason?: string | undefined;
}

/** What a label is to do, decided when all about it was read. */
type Decision = Pick<LabelMove, "kind" | "toVersion" | "previous"> & {
  /** Of a rollback: the move that the label stands at again. Otherwise the new one. */
  readonly standsAt?: number | undefined;
};

interface Situation {
  readonly store: TenantStore;
  readonly prompt: Prompt;
  readonly current: Label | undefined;
}

type Decide = (situation: Situation) => Promise<Decision | undefined>;

export type LabelService = ReturnType<typeof createLabelService>;

/** Movable pointers to versions: set, moved, taken back and removed, every move on record. */
export function createLabelService(deps: {
  readonly storage: Storage;
  readonly cursors: Cursors;
  readonly events: TenantEvents;
  readonly now: () => Date;
}) {
  const { storage, cursors, events, now } = deps;

  return {
    /**
     * Points a label to a version, the newest when none is given. Pointing it where it points already changes nothing. Throws
     * `conflict` where a prompt would have too many.
     */
    set(
      caller: Actor,
      request: LabelRequest & { readonly version?: number | undefined },
    ): Promise<LabelChange> {
      return move(caller, request, pointTo(request.version));
    },

    /** Throws `not_found` when there is no such label. */
    remove(caller: Actor, request: LabelRequest): Promise<LabelChange> {
      return move(caller, request, async ({ current }) => {
        required(current);
        return { kind: "remove", toVersion: undefined, previous: undefined };
      });
    },

    /**
     * Points a label to where it pointed before it was set last; once more, to where it pointed before that. Throws
     * `conflict` when it was never set elsewhere since it was made.
     */
    rollback(caller: Actor, request: LabelRequest): Promise<LabelChange> {
      return move(caller, request, async ({ store, prompt, current }) => {
        refuseArchived(prompt, "move its labels");
        const { label, move: standing } = required(current);
        const undone = await store.labels.findMove(prompt.id, label, standing);
        const standsAt = undone?.previous;
        if (standsAt === undefined) {
          throw new AppError(
            "conflict",
            "The label has nowhere to go back to: it points to where it was set first. get_label_history tells its moves; set_label points it to any version.",
          );
        }
        const target = await store.labels.findMove(prompt.id, label, standsAt);
        return { kind: "rollback", toVersion: target?.toVersion, previous: undefined, standsAt };
      });
    },

    /** The moves of a prompt's label, newest first; of one that is gone, too. Empty where there never was such a label. */
    history(
      caller: Caller,
      { ref, label, ...request }: PageRequest & { readonly ref: string; readonly label: string },
    ): Promise<Page<LabelMoveView> & { id: string; name: string; label: string }> {
      return storage.tenant(caller.tenantId).read(async (store) => {
        const { id, name } = await requirePrompt(store, ref);
        const scope = {
          tenantId: caller.tenantId,
          query: { operation: "get_label_history", prompt: id, label },
        };
        const page = await pageOf(request, {
          cursors,
          scope,
          read: (limit, after) =>
            store.labels.listMoves(id, label, { limit, before: after && Number(after.key) }),
          positionOf: ({ number }) => ({ key: number, id }),
        });
        return { id, name, label, ...page, items: page.items.map(labelMoveView) };
      });
    },

    /** The labels of the tenant, those in use and those that are protected, in order. */
    list(caller: Caller): Promise<{ label: string; prompts: number; protected: boolean }[]> {
      return storage.tenant(caller.tenantId).read(async ({ labels }) => {
        const protectedLabels = await labels.protected();
        const counts = new Map((await labels.inUse()).map(({ label, prompts }) => [label, prompts]));
        return [...new Set([...counts.keys(), ...protectedLabels])].sort().map((label) => ({
          label,
          prompts: counts.get(label) ?? 0,
          protected: protectedLabels.includes(label),
        }));
      });
    },

    /** From now on only an admin moves these labels; others are anybody's who may write. */
    async protect(caller: Actor, labels: readonly string[]): Promise<string[]> {
      const wanted = [...new Set(labels)].sort();
      await storage.tenant(caller.tenantId).write(async (store) => {
        await store.labels.setProtected(wanted);
        await audit(store, caller, {
          target: { kind: "tenant", id: caller.tenantId },
          details: { protected_labels: wanted },
        });
      });
      return wanted;
    },
  };

  /** Reads, decides, moves and records in one transaction: of several movers that expect the same, one succeeds. */
  async function move(
    caller: Actor,
    { ref, ...request }: LabelRequest,
    decide: Decide,
  ): Promise<LabelChange> {
    const change = await storage.tenant(caller.tenantId).write(async (store) => {
      const prompt = await requirePrompt(store, ref);
      return moveWithin(store, caller, { prompt, ...request, at: now() }, decide);
    });
    if (change.changed) {
      const { name, label } = change;
      events.publish(caller.tenantId, { kind: "label_moved", name, label });
    }
    return change;
  }
}

/** Points a label of a prompt to a version, in a transaction that is under way; throws as `set` does. */
export function setLabelWithin(
  store: TenantStore,
  caller: Actor,
  move: {
    readonly prompt: Prompt;
    readonly label: string;
    readonly reason?: string | undefined;
    readonly at: Date;
  },
  version: number,
): Promise<LabelChange> {
  return moveWithin(store, caller, move, pointTo(version));
}

/** To a version, the newest when none is given; nowhere where it points there already. */
function pointTo(version: number | undefined): Decide {
  return async ({ store, prompt, current }) => {
    refuseArchived(prompt, "move its labels");
    const { number } = await requireVersion(store, prompt.id, version ?? prompt.latestVersion);
    if (number === current?.version) return undefined;
    if (current === undefined) requireRoom(Object.keys(prompt.labels).length);
    return { kind: "set", toVersion: number, previous: current?.move };
  };
}

async function moveWithin(
  store: TenantStore,
  caller: Actor,
  move: Omit<LabelRequest, "ref"> & { readonly prompt: Prompt; readonly at: Date },
  decide: Decide,
): Promise<LabelChange> {
  const { prompt, label, expectedVersion, reason = "", at } = move;
  const current = await store.labels.find(prompt.id, label);
  checkExpected(current, expectedVersion);
  const decision = await decide({ store, prompt, current });
  if (decision !== undefined) {
    await checkMove(store, caller, { promptId: prompt.id, label, toVersion: decision.toVersion });
    await record(store, caller, { prompt, label, current, decision, reason, at });
  }
  const before = current?.version ?? null;
  return {
    id: prompt.id,
    name: prompt.name,
    label,
    version: decision === undefined ? before : (decision.toVersion ?? null),
    previous_version: before,
    changed: decision !== undefined,
  };
}

async function record(
  store: TenantStore,
  caller: Actor,
  made: {
    readonly prompt: Prompt;
    readonly label: string;
    readonly current: Label | undefined;
    readonly decision: Decision;
    readonly reason: string;
    readonly at: Date;
  },
): Promise<void> {
  const { labels } = store;
  const { prompt, label, current, decision, reason, at } = made;
  const promptId = prompt.id;
  const [newest] = await labels.listMoves(promptId, label, { limit: 1 });
  const number = (newest?.number ?? 0) + 1;
  const { kind, toVersion, previous, standsAt = number } = decision;
  await labels.addMove({
    promptId,
    label,
    number,
    kind,
    fromVersion: current?.version,
    toVersion,
    previous,
    reason,
    movedById: caller.userId,
    movedAt: at,
  });
  await audit(store, caller, {
    target: { kind: "prompt", id: promptId, name: prompt.name },
    details: { label, from_version: current?.version ?? null, to_version: toVersion ?? null },
    event: { type: EVENT_OF[kind], label, version: toVersion, previousVersion: current?.version ?? null },
  });
  if (toVersion === undefined) return labels.remove(promptId, label);
  await labels.put({
    promptId,
    label,
    version: toVersion,
    move: standsAt,
    updatedById: caller.userId,
    updatedAt: at,
  });
}

const EVENT_OF: Readonly<Record<LabelMove["kind"], EventType>> = {
  set: "label.set",
  rollback: "label.rolled_back",
  remove: "label.removed",
};

/** Throws `forbidden` where the caller may not move the label there. */
export async function checkMove(
  store: TenantStore,
  caller: Caller,
  move: { readonly promptId: string; readonly label: string; readonly toVersion: number | undefined },
): Promise<void> {
  const { promptId, label, toVersion } = move;
  const review = toVersion === undefined ? undefined : await store.reviews.find(promptId, toVersion);
  checkLabelMove({
    label,
    protectedLabels: await store.labels.protected(),
    permissions: caller.permissions,
    approved: toVersion === undefined ? undefined : review?.status === "approved",
    policy: await store.reviews.policy(),
  });
}

function required(label: Label | undefined): Label {
  if (label !== undefined) return label;
  throw noSuchLabel();
}

/** Throws `conflict` where a prompt that has so many labels can have no other. */
export function requireRoom(labels: number): void {
  if (labels < MAX_LABELS) return;
  throw new AppError(
    "conflict",
    `The prompt has ${MAX_LABELS} labels, which is as many as one can have. Move or remove one of them.`,
    { allowed: MAX_LABELS },
  );
}
