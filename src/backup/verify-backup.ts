import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AppError } from "../domain/errors.ts";
import type { LibraryCopies } from "../domain/ports/backup.ts";
import type { Storage } from "../domain/ports/storage.ts";
import { LIBRARY_FILE, type Manifest } from "./manifest.ts";
import { restoreBackup } from "./restore-backup.ts";

/** Where the audit log of a tenant is broken; `undefined`: it is whole. And how many records it has. */
export type AuditCheck = (
  storage: Storage,
  tenantId: string,
) => Promise<{ readonly records: number; readonly broken: string | undefined }>;

export interface BackupVerdict {
  readonly manifest: Manifest;
  readonly tenants: number;
  readonly auditRecords: number;
}

/**
 * Rehearses a restore, which is the one proof that a backup is good for one: copies it to a temporary folder, compares hashes
 * and counts, checks the database, opens it with this program, whose migrations it gets, and walks the audit log of each
 * tenant. The backup itself is only read. Throws `unavailable` where something is wrong, and says what.
 */
export async function verifyBackup(
  deps: { readonly copies: LibraryCopies; readonly checkAudit: AuditCheck },
  folder: string,
  onTenant: (done: number, total: number) => void = () => undefined,
): Promise<BackupVerdict> {
  const place = await mkdtemp(join(tmpdir(), "promptforge-verify-"));
  try {
    await chmod(place, 0o700);
    const manifest = await restoreBackup(deps.copies, folder, place);
    const storage = await deps.copies.open(join(place, LIBRARY_FILE));
    try {
      const tenantIds = await storage.directory.read((store) => store.tenantIds());
      let auditRecords = 0;
      for (const [done, tenantId] of tenantIds.entries()) {
        onTenant(done, tenantIds.length);
        const { records, broken } = await deps.checkAudit(storage, tenantId);
        if (broken !== undefined) throw brokenAudit(folder, tenantId, broken);
        auditRecords += records;
      }
      onTenant(tenantIds.length, tenantIds.length);
      return { manifest, tenants: tenantIds.length, auditRecords };
    } finally {
      await storage.close();
    }
  } finally {
    await rm(place, { recursive: true, force: true });
  }
}

function brokenAudit(folder: string, tenantId: string, reason: string): AppError {
  return new AppError(
    "unavailable",
    `The audit log of tenant ${tenantId} in ${folder} is broken: ${reason} The library was that already when the backup was made, ` +
      "or somebody has changed both the backup and its hashes.",
    { tenant_id: tenantId },
  );
}
