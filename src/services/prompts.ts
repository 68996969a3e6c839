import { randomUUID } from "node:crypto";
import type { AuditTarget } from "../domain/audit.ts";
import { AppError } from "../domain/errors.ts";
import type { Actor } from "../domain/identity.ts";
import type { Cursors } from "../domain/ports/security.ts";
import type { Storage, TenantStore } from "../domain/ports/storage.ts";
import {
  type Prompt,
  type PromptDetailView,
  type PromptView,
  promptDetailView,
  promptView,
  type Version,
} from "../domain/prompt.ts";
import type { PromptBody } from "../domain/prompt-body.ts";
import type { EventType } from "../domain/webhook-events.ts";
import { setArchivedWithin } from "./archiving.ts";
import { audit } from "./audit.ts";
import type { TenantEvents } from "./events.ts";
import { type BodyInput, bodyChange, newBody } from "./given-body.ts";
import { refuseArchived, requirePrompt, requireVersion } from "./lookup.ts";
import { createPromptListing } from "./prompt-listing.ts";
import { freeName, titleFrom, titleSource } from "./prompt-naming.ts";
import { createPromptReading, includeProblem } from "./prompt-reading.ts";
import { bodyFields, headOf, indexPrompt, insertVersion, type Unsigned } from "./prompt-records.ts";
import type { QuotaService } from "./quotas.ts";
import { checkTaking } from "./renaming.ts";
import { createSavedAdvice } from "./saved-advice.ts";

export interface NewPrompt extends BodyInput {
  readonly name?: string | undefined;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly changeNote?: string | undefined;
}

export interface VersionChange {
  readonly ref: string;
  readonly changeNote?: string | undefined;
  /** The version that the change was made from; another one in the meantime is `precondition_failed`. */
  readonly expectedVersion?: number | undefined;
}

export interface PromptChange extends VersionChange, BodyInput {
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly tags?: readonly string[] | undefined;
}

export type PromptService = ReturnType<typeof createPromptService>;

/** Prompts: made, changed by new versions, listed, put away and brought back. */
export function createPromptService(deps: {
  readonly storage: Storage;
  readonly cursors: Cursors;
  readonly events: TenantEvents;
  readonly quotas: Pick<QuotaService, "requireWithin">;
  readonly now: () => Date;
}) {
  const { storage, cursors, events, quotas, now } = deps;

  return {
    ...createPromptListing({ storage, cursors, now }),
    ...createPromptReading({ storage }),
    ...createSavedAdvice({ storage }),

    /** Throws `conflict` when the name is in use, with what to do instead. Without a name one is derived and made unique. */
    async create(caller: Actor, input: NewPrompt): Promise<PromptDetailView> {
      const body = bodyFields(newBody(input));
      const naming = { name: input.name, title: input.title, content: titleSource(body) };
      const created = await storage.tenant(caller.tenantId).write(async (store) => {
        const name = await freeName(store, naming);
        await checkTaking(store, caller, name);
        const at = now();
        const title = input.title ?? titleFrom(naming.content);
        const version = {
          promptId: randomUUID(),
          number: 1,
          title,
          description: input.description ?? "",
          tags: input.tags ?? [],
          ...body,
          authorId: caller.userId,
          changeNote: input.changeNote ?? "",
          createdAt: at,
        };
        const prompt = {
          id: version.promptId,
          name,
          ...headOf(version),
          authorId: caller.userId,
          createdAt: at,
          updatedAt: at,
          archivedAt: undefined,
          labels: {},
        };
        await store.prompts.insert(prompt);
        await insertVersion(store, version);
        await refuseCycle(store, name);
        await quotas.requireWithin(store, ["prompts", "versions", "storage_bytes"]);
        await indexPrompt(store, prompt, version);
        await audit(store, caller, {
          target: targetOf(prompt),
          details: { version: 1 },
          event: { type: "prompt.created", version: 1 },
        });
        return detail(prompt, caller.username, version, caller.username);
      });
      events.publish(caller.tenantId, { kind: "created", name: created.name });
      return created;
    },

    /** Adds a version. What is not given stays as it is in the latest one. */
    async update(caller: Actor, change: PromptChange): Promise<PromptDetailView> {
      const { content, messages, inputSchema, config, title, description, tags } = change;
      const fields = [content, messages, inputSchema, config, title, description, tags];
      if (fields.every((field) => field === undefined)) {
        throw new AppError(
          "invalid_input",
          "Nothing to change: give content, messages, input_schema, config, title, description or tags.",
        );
      }
      const changed = bodyChange({ content, messages, inputSchema, config });
      return addVersion(caller, "prompt.updated", change, async (store, prompt) => {
        const latest = await requireVersion(store, prompt.id, prompt.latestVersion);
        return {
          title: title ?? latest.title,
          description: description ?? latest.description,
          tags: tags ?? prompt.tags,
          ...changed(latest),
        };
      });
    },

    /** Adds a version that says what an older one said. */
    restoreVersion(
      caller: Actor,
      { version, ...change }: VersionChange & { readonly version: number },
    ): Promise<PromptDetailView> {
      const changeNote = change.changeNote ?? `Restores version ${version}`;
      return addVersion(caller, "prompt.version_restored", { ...change, changeNote }, (store, prompt) =>
        requireVersion(store, prompt.id, version),
      );
    },

    /**
     * Hides a prompt from lists and search. Doing it again changes nothing. Throws `forbidden` where it has a protected label and
     * the caller may not remove that.
     */
    archive(caller: Actor, ref: string): Promise<PromptView> {
      return setArchived(caller, ref, true);
    },

    restore(caller: Actor, ref: string): Promise<PromptView> {
      return setArchived(caller, ref, false);
    },
  };

  /** @param next says what the new version says, read in the transaction that writes it. */
  async function addVersion(
    caller: Actor,
    type: EventType,
    { ref, expectedVersion, changeNote = "" }: VersionChange,
    next: (
      store: TenantStore,
      prompt: Prompt,
    ) => Promise<Pick<Version, "title" | "description" | "tags" | keyof PromptBody>>,
  ): Promise<PromptDetailView> {
    const updated = await storage.tenant(caller.tenantId).write(async (store) => {
      const prompt = await requirePrompt(store, ref);
      refuseArchived(prompt, "update it");
      if (expectedVersion !== undefined && expectedVersion !== prompt.latestVersion) {
        throw new AppError(
          "precondition_failed",
          `The prompt is at version ${prompt.latestVersion} by now, not ${expectedVersion}. Read it again with get_prompt, then repeat the change.`,
          { latest_version: prompt.latestVersion, expected_version: expectedVersion },
        );
      }
      const { title, description, tags, ...body } = await next(store, prompt);
      const at = now();
      const version = {
        promptId: prompt.id,
        number: prompt.latestVersion + 1,
        title,
        description,
        tags,
        ...bodyFields(body),
        authorId: caller.userId,
        changeNote,
        createdAt: at,
      };
      const changed = { ...prompt, ...headOf(version), updatedAt: at };
      await insertVersion(store, version);
      await store.prompts.update(changed);
      await refuseCycle(store, changed.name);
      await quotas.requireWithin(store, ["versions", "storage_bytes"]);
      await indexPrompt(store, changed, version);
      await audit(store, caller, {
        target: targetOf(changed),
        details: { version: version.number },
        event: { type, version: version.number },
      });
      return detail(changed, prompt.author, version, caller.username);
    });
    events.publish(caller.tenantId, { kind: "updated", name: updated.name });
    return updated;
  }

  async function setArchived(caller: Actor, ref: string, archived: boolean): Promise<PromptView> {
    const { view, changed } = await storage.tenant(caller.tenantId).write(async (store) => {
      const prompt = await requirePrompt(store, ref);
      const next = await setArchivedWithin(store, caller, prompt, archived, now());
      return { view: promptView(next ?? prompt), changed: next !== undefined };
    });
    if (changed)
      events.publish(caller.tenantId, { kind: archived ? "archived" : "restored", name: view.name });
    return view;
  }
}

/**
 * Throws `conflict` with the path when what was just written includes itself: no reader could ever make anything of it. What else
 * is wrong with its includes can still come right, and is advice.
 */
export async function refuseCycle(store: TenantStore, name: string): Promise<void> {
  const problem = await includeProblem(store, await requirePrompt(store, name));
  if (problem?.details?.["cycle"] !== undefined) throw problem;
}

function detail(prompt: Unsigned<Prompt>, author: string, version: Unsigned<Version>, versionAuthor: string) {
  return promptDetailView({ ...prompt, author }, { ...version, author: versionAuthor });
}

function targetOf({ id, name }: Pick<Prompt, "id" | "name">): AuditTarget {
  return { kind: "prompt", id, name };
}
