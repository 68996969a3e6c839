/** What others may want to hear after a change is committed. */
export type PromptEvent =
  | { readonly kind: "created" | "updated" | "archived" | "restored" | "deleted"; readonly name: string }
  | { readonly kind: "renamed"; readonly name: string; readonly from: string }
  /** Set, moved or removed. */
  | { readonly kind: "label_moved"; readonly name: string; readonly label: string }
  /** Something that these prompts include, directly or through others. */
  | { readonly kind: "include_changed"; readonly name: string; readonly names: readonly string[] }
  /** Submitted for review, or decided on. */
  | { readonly kind: "reviewed"; readonly name: string; readonly version: number };

type Listener = (event: PromptEvent) => void;

/**
 * Changes, told per tenant: there is no way to listen to more than one tenant, so a subscriber cannot
 * watch another's. In one process; replicas will carry the same events between them.
 */
export interface TenantEvents {
  publish(tenantId: string, event: PromptEvent): void;
  /** Whether anybody listens to a tenant, in this process. */
  isHeard(tenantId: string): boolean;
  /** Returns what ends the subscription. */
  subscribe(tenantId: string, listener: Listener): () => void;
}

/** @param onError hears of listeners that throw: the change is committed, and the others still hear of it. */
export function createTenantEvents(onError: (error: unknown) => void): TenantEvents {
  const listeners = new Map<string, Set<Listener>>();
  return {
    publish(tenantId, event) {
      for (const listener of [...(listeners.get(tenantId) ?? [])]) {
        try {
          listener(event);
        } catch (error) {
          onError(error);
        }
      }
    },
    isHeard: (tenantId) => listeners.has(tenantId),
    subscribe(tenantId, listener) {
      const own = listeners.get(tenantId) ?? new Set();
      listeners.set(tenantId, own.add(listener));
      return () => {
        own.delete(listener);
        if (own.size === 0) listeners.delete(tenantId);
      };
    },
  };
}
