import type { Advice } from "../domain/advice.ts";
import type { Caller } from "../domain/identity.ts";
import { includeText, versionOfInclude } from "../domain/include.ts";
import type { Storage } from "../domain/ports/storage.ts";
import { schemaOf } from "../domain/prompt.ts";
import { includesOf, mayInclude } from "../domain/prompt-body.ts";
import { adviseOnTemplate } from "../domain/template/advice.ts";
import { adviseOn } from "./advice.ts";
import { dependentsOf } from "./dependents.ts";
import { requirePrompt, requireVersion } from "./lookup.ts";
import { compositionOrNone, includeProblem } from "./prompt-reading.ts";

/** More names do not make a warning clearer. */
const MAX_NAMES = 20;

/** What whoever has saved or archived a prompt should know. Advice only. */
export function createSavedAdvice({ storage }: { readonly storage: Storage }) {
  return {
    /** Of the version that was just saved: its text, its template, and what it includes. */
    async adviceOn(
      caller: Caller,
      saved: { readonly id: string; readonly version: number },
    ): Promise<Advice[]> {
      const { version, used, problem } = await storage.tenant(caller.tenantId).read(async (store) => {
        const prompt = await requirePrompt(store, saved.id);
        const found = await requireVersion(store, saved.id, saved.version);
        if (!mayInclude(found)) return { version: found, used: [], problem: undefined };
        const composition = await compositionOrNone(store, prompt, found);
        const parts = [...(composition?.parts.values() ?? [])];
        return {
          version: found,
          used: parts.flatMap((part) => Object.keys(schemaOf(part.version).properties)),
          problem: await includeProblem(store, prompt),
        };
      });
      return [
        ...(await adviseOn(version.content)),
        ...adviseOnTemplate(version, used),
        ...(problem === undefined ? [] : [{ code: "include_problem" as const, message: problem.message }]),
      ];
    },

    /** Of a version that was put before reviewers or approved: what it includes that can change without a review. */
    async adviceOnReviewed(
      caller: Caller,
      reviewed: { readonly id: string; readonly version: number },
    ): Promise<Advice[]> {
      const movable = await storage.tenant(caller.tenantId).read(async (store) => {
        const prompt = await requirePrompt(store, reviewed.id);
        const version = await requireVersion(store, reviewed.id, reviewed.version);
        if (!mayInclude(version)) return [];
        const composition = await compositionOrNone(store, prompt, version);
        const direct = composition?.root.includes ?? includesOf(version);
        const others = [...(composition?.parts.values() ?? [])].flatMap(({ includes }) => includes);
        const all = [...direct, ...others].filter((include) => versionOfInclude(include) === undefined);
        return [...new Set(all.map(includeText))].slice(0, MAX_NAMES);
      });
      if (movable.length === 0) return [];
      const message = `It includes ${movable.join(", ")}: what is reviewed changes where these move. Include a version's number (name@3) to review exactly what is used.`;
      return [{ code: "movable_include", message, names: movable }];
    },

    /** Of a prompt that was archived: who still includes it. */
    async adviceOnArchived(caller: Caller, id: string): Promise<Advice[]> {
      const { dependents } = await storage
        .tenant(caller.tenantId)
        .read(async (store) => dependentsOf(store, await requirePrompt(store, id)));
      const names = [...new Set(dependents.map(({ prompt }) => prompt.name))].slice(0, MAX_NAMES);
      if (names.length === 0) return [];
      const message = `It is included by ${names.join(", ")}, where its text stays as it is. See who_uses.`;
      return [{ code: "in_use", message, names }];
    },
  };
}
