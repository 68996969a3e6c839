import type { EventRelay } from "../domain/ports/event-relay.ts";
import type { PromptEvent, TenantEvents } from "./events.ts";

/** Events that the other processes of the library hear too. */
export function relayedEvents(events: TenantEvents, relay: EventRelay | undefined): TenantEvents {
  if (relay === undefined) return events;
  // Of this program's own, or of a newer one's: whoever listens passes over kinds that it does not know.
  relay.listen((tenantId, event) => events.publish(tenantId, event as PromptEvent));
  return {
    ...events,
    publish(tenantId, event) {
      events.publish(tenantId, event);
      relay.send(tenantId, event);
    },
  };
}
