import type { Caller } from "../domain/identity.ts";
import { LATEST } from "../domain/names.ts";
import type { Storage } from "../domain/ports/storage.ts";
import type { Uses } from "../domain/ports/uses.ts";
import { dayOf, daysBefore } from "./days.ts";
import { requirePrompt } from "./lookup.ts";
import type { PromptService } from "./prompts.ts";
import { createRetention } from "./retention.ts";
import { createUseCounter } from "./use-counter.ts";

/** What was given to somebody: a version, by its number or by a label. */
export interface Use {
  readonly id: string;
  readonly version: number;
  readonly label?: string | undefined;
}

export interface Usage extends Uses {
  /** The first day that is counted (UTC). */
  readonly since: string;
  readonly prompt: { readonly id: string; readonly name: string } | null;
  /** Newest first; days without a use are left out. */
  readonly days: (Uses & { readonly day: string })[];
  /** Of one prompt: the most used first. */
  readonly versions: (Uses & { readonly version: number })[];
  /** `null`: asked by no label. */
  readonly labels: (Uses & { readonly label: string | null })[];
  /** Of a whole tenant: the most used first. */
  readonly prompts: (Uses & { readonly id: string; readonly name: string })[];
}

export type UsageService = ReturnType<typeof createUsageService>;

/** How often prompts are used: counted beside the calls, never in their way. */
export function createUsageService(deps: {
  readonly storage: Storage;
  readonly now: () => Date;
  /** For how long counts are kept; with 0 nothing is counted. */
  readonly retentionDays: number;
  /** Hears why something could not be written or deleted: no caller does. */
  readonly onFailure: (reason: unknown) => void;
}) {
  const { storage, now, onFailure } = deps;
  const retention = createRetention({
    ...deps,
    job: "prune usage",
    deleteBefore: ({ uses }, at) => uses.deleteBefore(dayOf(at)),
  });
  const counter = createUseCounter({ storage, onFailure, onWritten: retention.prune });

  return {
    count(caller: Caller, { id: promptId, version, label }: Use, what: keyof Uses): void {
      if (retention.keepsNothing) return;
      counter.add(caller.tenantId, {
        promptId,
        day: dayOf(now()),
        version,
        // Whoever asks for the latest asks for no label.
        label: label === undefined || label === LATEST ? "" : label,
        renders: what === "renders" ? 1 : 0,
        reads: what === "reads" ? 1 : 0,
      });
    },

    /** Writes what was counted so far. Never rejects. */
    flush: counter.flush,

    async close(): Promise<void> {
      await counter.close();
      await retention.close();
    },

    /**
     * Uses of a prompt, or of all, on the last days (UTC, today included): in sum, by day, version and label, and by prompt.
     * @param query.limit How many versions, labels and prompts at most.
     */
    async get(
      caller: Caller,
      query: { readonly ref?: string | undefined; readonly days: number; readonly limit: number },
    ): Promise<Usage> {
      await counter.flush();
      const { ref, limit } = query;
      // What is too old is not shown either before it is deleted.
      const [asked, kept] = [daysBefore(now(), query.days - 1), dayOf(retention.since())];
      const since = asked > kept ? asked : kept;
      return storage.tenant(caller.tenantId).read(async (store) => {
        const prompt = ref === undefined ? undefined : await requirePrompt(store, ref);
        const { uses } = store;
        const wanted = { since, promptId: prompt?.id, limit };
        const days = await uses.byDay(wanted);
        const labels = await uses.byLabel(wanted);
        return {
          since,
          prompt: prompt === undefined ? null : { id: prompt.id, name: prompt.name },
          renders: sum(days, "renders"),
          reads: sum(days, "reads"),
          days,
          versions: prompt === undefined ? [] : await uses.byVersion({ ...wanted, promptId: prompt.id }),
          labels: labels.map((row) => ({ ...row, label: row.label === "" ? null : row.label })),
          prompts: prompt === undefined ? await uses.byPrompt(wanted) : [],
        };
      });
    },
  };
}

/** A prompt service whose reads and renderings are counted. */
export function countUses(service: PromptService, usage: Pick<UsageService, "count">): PromptService {
  return {
    ...service,
    async get(caller, ref, choice) {
      const prompt = await service.get(caller, ref, choice);
      usage.count(caller, { ...prompt, label: choice?.label }, "reads");
      return prompt;
    },
    async render(caller, ref, choice, values) {
      const rendered = await service.render(caller, ref, choice, values);
      usage.count(caller, { ...rendered, label: choice.label }, "renders");
      return rendered;
    },
  };
}

function sum(rows: readonly Uses[], what: keyof Uses): number {
  return rows.reduce((total, row) => total + row[what], 0);
}
