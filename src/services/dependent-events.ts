import { LATEST } from "../domain/names.ts";
import type { Storage } from "../domain/ports/storage.ts";
import { dependentsOf } from "./dependents.ts";
import type { PromptEvent, TenantEvents } from "./events.ts";
import { findPrompt } from "./lookup.ts";

/**
 * Events that are told of the prompts that include a changed one, too: what these say has changed as well. Looked up after the
 * change is committed, and only where somebody listens.
 */
export function tellingDependents(
  events: TenantEvents,
  storage: Storage,
  onError: (error: unknown) => void,
): TenantEvents {
  return {
    ...events,
    publish(tenantId, event) {
      events.publish(tenantId, event);
      const at = placeOf(event);
      if (at === undefined || !events.isHeard(tenantId)) return;
      namesOf(tenantId, event.name, at)
        .then((names) => {
          if (names.length > 0)
            events.publish(tenantId, { kind: "include_changed", name: event.name, names });
        })
        .catch(onError);
    },
  };

  function namesOf(tenantId: string, name: string, at: string): Promise<string[]> {
    return storage.tenant(tenantId).read(async (store) => {
      const prompt = await findPrompt(store, name);
      if (prompt === undefined) return [];
      const { dependents } = await dependentsOf(store, prompt, at);
      return [...new Set(dependents.map((dependent) => dependent.prompt.name))];
    });
  }
}

/** Where others include what has changed. */
function placeOf(event: PromptEvent): string | undefined {
  if (event.kind === "label_moved") return event.label;
  return event.kind === "created" || event.kind === "updated" ? LATEST : undefined;
}
