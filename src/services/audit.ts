import { createHash } from "node:crypto";
import type { AuditEntry, AuditHead, AuditRecord, AuditTarget } from "../domain/audit.ts";
import { type Actor, type Caller, localCall } from "../domain/identity.ts";
import type { AuditFilter } from "../domain/ports/audit.ts";
import type { Cursors } from "../domain/ports/security.ts";
import type { Storage, TenantStore } from "../domain/ports/storage.ts";
import type { PromptChanged } from "../domain/webhook-events.ts";
import { OFF_BY_BACKLOG } from "../domain/webhooks.ts";
import { underWay } from "./idempotency.ts";
import { type Page, type PageRequest, pageOf } from "./page.ts";
import { announce } from "./webhook-announcements.ts";

/** Whom an audit record names: somebody in a call, or the server at work by itself. */
export type AuditActor = Pick<Actor, "call" | "key" | "grant"> & {
  readonly userId?: string | undefined;
  readonly username?: string | undefined;
};

export interface AuditedChange {
  readonly target: AuditTarget;
  /** Facts for whoever reads it later, as JSON holds them: numbers, names, roles; never a secret, never a person's name. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
  /** What webhooks are told, where the target is a prompt. */
  readonly event?: PromptChanged | undefined;
}

/**
 * Writes what is changed into the tenant's audit, in the transaction that changes it: neither is there without the other.
 * Each record carries the hash of the one before, so that a changed or missing row is found. A call that is to be done once
 * is noted as done here, too: throws `conflict` where another attempt has taken over. And so is what webhooks are to be told.
 */
export async function audit(
  store: Pick<TenantStore, "audit" | "once" | "webhooks">,
  actor: AuditActor,
  { target, details = {}, event }: AuditedChange,
): Promise<void> {
  const head = await store.audit.head();
  const record = {
    number: (head?.number ?? 0) + 1,
    at: actor.call.at,
    operation: actor.call.operation,
    userId: actor.userId,
    keyId: actor.key?.id,
    target,
    // Beside the person, who let the app in: which it was, the record of `grant_client` tells.
    details: JSON.stringify(
      actor.grant === undefined ? details : { ...details, client_grant: actor.grant.id },
    ),
    requestId: actor.call.requestId,
    previousHash: head?.hash ?? "",
  };
  await store.audit.append({ ...record, hash: hashOf(record) });
  if (event !== undefined) {
    for (const { id } of await announce(store, actor, target, event)) {
      // By the server itself: whoever made the change did not mean to.
      const { call } = actor;
      const server = { call: { ...localCall("announce_change"), at: call.at, requestId: call.requestId } };
      await audit(store, server, { target: { kind: "webhook", id }, details: { off: OFF_BY_BACKLOG } });
    }
  }
  const { once } = actor.call;
  if (once === undefined || actor.userId === undefined) return;
  if (!(await store.once.settle(actor.userId, once, target))) throw underWay();
}

/** What `verify` found. */
export interface AuditVerdict {
  readonly intact: boolean;
  /** Records that were read. */
  readonly records: number;
  readonly head: AuditHead | undefined;
  /** The number of the first record that is changed, missing or out of order, and what is wrong with it. */
  readonly broken: { readonly number: number; readonly reason: string } | undefined;
}

/** Records read at a time. */
const AT_ONCE = 500;

export type AuditService = ReturnType<typeof createAuditService>;

/** Who changed what in a tenant. */
export function createAuditService({
  storage,
  cursors,
}: {
  readonly storage: Storage;
  readonly cursors: Cursors;
}) {
  return {
    /** Newest first. */
    async list(caller: Caller, query: AuditFilter & PageRequest): Promise<Page<AuditEntry>> {
      const { limit, cursor, ...filter } = query;
      const request = { limit, cursor };
      const scope = { tenantId: caller.tenantId, query: { operation: "get_audit_log", ...asJson(filter) } };
      return storage.tenant(caller.tenantId).read((store) =>
        pageOf(request, {
          cursors,
          scope,
          read: (limit, after) => store.audit.list(filter, { limit, before: after && Number(after.key) }),
          positionOf: ({ number }) => ({ key: number, id: String(number) }),
        }),
      );
    },

    /** Walks the tenant's whole chain, as `verifyAudit` does. */
    verify: (caller: Caller, known?: AuditHead): Promise<AuditVerdict> =>
      verifyAudit(storage, caller.tenantId, known),
  };
}

/**
 * Walks the tenant's whole chain. A change of any row, a missing one, and a cut end are found; a chain that was made
 * anew from some record on is found with a head that was noted before, by `known`.
 */
export async function verifyAudit(
  storage: Storage,
  tenantId: string,
  known?: AuditHead,
): Promise<AuditVerdict> {
  const tenant = storage.tenant(tenantId);
  const head = await tenant.read((store) => store.audit.head());
  let last: AuditHead = { number: 0, hash: "" };
  let metKnown = known === undefined;
  const verdict = (reason?: string): AuditVerdict => ({
    intact: reason === undefined,
    records: last.number,
    head,
    broken: reason === undefined ? undefined : { number: last.number + 1, reason },
  });
  for (;;) {
    const after = last.number;
    const records = await tenant.read((store) => store.audit.read({ limit: AT_ONCE, after }));
    for (const record of records) {
      if (record.number !== last.number + 1) return verdict("It is missing.");
      if (record.previousHash !== last.hash) return verdict("It does not follow on the record before it.");
      if (record.hash !== hashOf(record)) return verdict("It was changed after it was written.");
      if (known?.number === record.number) {
        if (known.hash !== record.hash) return verdict("It is not the record of that number that was noted.");
        metKnown = true;
      }
      last = { number: record.number, hash: record.hash };
    }
    if (records.length < AT_ONCE) break;
  }
  // What was appended while the chain was walked is beyond the head that was read first.
  if (head !== undefined && last.number < head.number) return verdict("It is missing.");
  if (!metKnown) return verdict("It is missing: a later record was noted.");
  return verdict();
}

/**
 * Of the fields in a fixed order, as a JSON array: it cannot be read in two ways. The tenant is not among them: a chain
 * that is moved to another library, tenant and all, stays whole.
 */
function hashOf(record: Omit<AuditRecord, "hash">): string {
  const { number, at, operation, userId, keyId, target, details, requestId, previousHash } = record;
  const fields = [
    number,
    at.getTime(),
    operation,
    userId ?? null,
    keyId ?? null,
    target.kind,
    target.id,
    target.name ?? null,
    details,
    requestId,
    previousHash,
  ];
  return createHash("sha256").update(JSON.stringify(fields)).digest("hex");
}

function asJson({ since, until, ...filter }: AuditFilter): Record<string, unknown> {
  return { ...filter, since: since?.getTime(), until: until?.getTime() };
}
