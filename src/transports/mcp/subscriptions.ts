import type { ServerEvent, ServerEventBus } from "@modelcontextprotocol/server";
import { AppError } from "../../domain/errors.ts";
import type { Caller } from "../../domain/identity.ts";
import type { TenantEvents } from "../../services/events.ts";
import { toServerEvents } from "./notifications.ts";

/** Open subscriptions of one tenant, and of one person in it: so that nobody takes what others need. */
const MAX_OF_TENANT = 64;
const MAX_OF_MEMBER = 16;

/** Whose request opens a subscription. */
export interface Subscriber {
  readonly caller: Caller;
  /** Asks again who calls: a subscription outlives the call that opened it. */
  readonly authenticate: () => Promise<Caller>;
  /** Ends the stream. */
  readonly end: () => void;
}

/** Streams of changes: each hears its own tenant only, and hears nothing after its credential has ended. */
export function createSubscriptions(events: TenantEvents, current: () => Subscriber) {
  const open = new Set<Subscriber>();

  const bus: ServerEventBus = {
    // Changes come from the services, never from the protocol side.
    publish: () => undefined,
    subscribe(listener) {
      const subscriber = current();
      const unsubscribe = events.subscribe(subscriber.caller.tenantId, (event) => {
        subscriber
          .authenticate()
          .then(() => tell(listener, toServerEvents(event)))
          // The key was revoked, or the member removed, or the stream takes no more: nothing more is told.
          .catch(subscriber.end);
      });
      open.add(subscriber);
      return () => {
        open.delete(subscriber);
        unsubscribe();
      };
    },
  };

  return {
    bus,
    /** Throws `rate_limited` when the caller, or the caller's tenant, has as many open as it may. */
    admit({ tenantId, userId }: Caller): void {
      const ofTenant = [...open].filter(({ caller }) => caller.tenantId === tenantId);
      const ofMember = ofTenant.filter(({ caller }) => caller.userId === userId);
      if (ofTenant.length < MAX_OF_TENANT && ofMember.length < MAX_OF_MEMBER) return;
      throw new AppError(
        "rate_limited",
        `Too many subscriptions are open: at most ${MAX_OF_MEMBER} for you and ${MAX_OF_TENANT} in your tenant. Close one.`,
      );
    },
    /** Ends what would never end by itself. */
    endAll(): void {
      for (const { end } of open) end();
    },
  };
}

function tell(listener: (event: ServerEvent) => void, changes: readonly ServerEvent[]): void {
  for (const change of changes) listener(change);
}
