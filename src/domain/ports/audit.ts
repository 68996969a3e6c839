import type { AuditEntry, AuditHead, AuditRecord } from "../audit.ts";

export interface AuditFilter {
  readonly operation?: string | undefined;
  /** Username of whoever did it. */
  readonly user?: string | undefined;
  readonly targetKind?: string | undefined;
  /** Id or name of what was changed. */
  readonly target?: string | undefined;
  readonly since?: Date | undefined;
  readonly until?: Date | undefined;
}

/** What was changed in a tenant, and by whom: rows are added and never changed, each with the hash of the one before. */
export interface AuditStore {
  /** Where the chain ends, as the last append left it; `undefined` before the first. */
  head(): Promise<AuditHead | undefined>;
  /** Adds a record, which follows on the head, and moves the head to it. */
  append(record: AuditRecord): Promise<void>;
  /** Newest first; `before` is the number of the last row of the page before. */
  list(
    filter: AuditFilter,
    page: { readonly limit: number; readonly before?: number | undefined },
  ): Promise<AuditEntry[]>;
  /** Records as they are stored, oldest first, from after a number on. */
  read(page: { readonly limit: number; readonly after: number }): Promise<AuditRecord[]>;
}
