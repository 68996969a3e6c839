import { z } from "zod";

/** What was changed. People are named by their id alone, so that a name can be taken out of the library without breaking the chain. */
export interface AuditTarget {
  /** The kind of thing, such as `prompt`, `member` or `api_key`. */
  readonly kind: string;
  readonly id: string;
  /** Its name, where that is no person's. */
  readonly name?: string | undefined;
}

/** One change in a tenant, by whom. */
export interface AuditRecord {
  /** 1, 2, 3 … without a gap in the tenant. */
  readonly number: number;
  readonly at: Date;
  readonly operation: string;
  /** Whoever did it; nobody where the server itself did. */
  readonly userId: string | undefined;
  /** The API key with which it was done. */
  readonly keyId: string | undefined;
  readonly target: AuditTarget;
  /** Facts of the change as a JSON object: never a secret. Kept as text, since the hash is taken of it. */
  readonly details: string;
  readonly requestId: string;
  /** The hash of the record before; of the first: empty. */
  readonly previousHash: string;
  /** SHA-256, in hex, of the record and the hash before it. */
  readonly hash: string;
}

/** A record as it is shown: with the name that the user has now. */
export interface AuditEntry extends AuditRecord {
  readonly username: string | undefined;
}

/** Where a chain ends. */
export type AuditHead = Pick<AuditRecord, "number" | "hash">;

export const auditEntrySchema = z.object({
  number: z.int().describe("1, 2, 3 … without a gap"),
  at: z.iso.datetime(),
  operation: z.string(),
  user_id: z.string().nullable().describe("Who did it; null for the server itself"),
  username: z.string().nullable(),
  key_id: z.string().nullable().describe("The API key with which it was done"),
  target: z.object({ kind: z.string(), id: z.string(), name: z.string().nullable() }),
  details: z.record(z.string(), z.unknown()),
  request_id: z.string(),
  previous_hash: z.string(),
  hash: z.string().describe("SHA-256 of this record and the hash before it"),
});
export type AuditEntryView = z.infer<typeof auditEntrySchema>;

const detailsSchema = z.record(z.string(), z.unknown());

export function auditEntryView(entry: AuditEntry): AuditEntryView {
  return {
    number: entry.number,
    at: entry.at.toISOString(),
    operation: entry.operation,
    user_id: entry.userId ?? null,
    username: entry.username ?? null,
    key_id: entry.keyId ?? null,
    target: { kind: entry.target.kind, id: entry.target.id, name: entry.target.name ?? null },
    // Of a row that somebody changed behind our back there may be nothing to show: that is found by verifying.
    details: detailsSchema.catch({}).parse(parsed(entry.details)),
    request_id: entry.requestId,
    previous_hash: entry.previousHash,
    hash: entry.hash,
  };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
