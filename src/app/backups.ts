import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { backupName } from "../backup/kept-backups.ts";
import { makeBackup } from "../backup/make-backup.ts";
import { restoreBackup } from "../backup/restore-backup.ts";
import { verifyBackup } from "../backup/verify-backup.ts";
import type { Config } from "../config/config.ts";
import { makeDataFolder } from "../config/data-folder.ts";
import type { CopyProgress } from "../domain/ports/backup.ts";
import { verifyAudit } from "../services/audit.ts";
import { sqliteCopies } from "../storage/sqlite/backup/copies.ts";

/** Backups of the library in the data folder, which need not be open, nor be there to be restored. */
export function openBackups({ dataDir, backup }: Pick<Config, "dataDir" | "backup">) {
  const now = () => new Date();
  return {
    /** A place for one that nobody has named. */
    defaultTarget: () => join(backup?.dir ?? ".", backupName(now())),
    async make(target: string, progress: CopyProgress = {}) {
      const staging = `${target}.${randomUUID()}.partial`;
      return makeBackup(sqliteCopies, { ...progress, from: dataDir, target, staging, scheduled: false }, now);
    },
    async restore(folder: string) {
      await makeDataFolder(dataDir);
      return restoreBackup(sqliteCopies, folder, dataDir);
    },
    verify: (folder: string, onTenant?: (done: number, total: number) => void) =>
      verifyBackup(
        {
          copies: sqliteCopies,
          async checkAudit(storage, tenantId) {
            const { records, broken } = await verifyAudit(storage, tenantId);
            return { records, broken: broken && `record ${broken.number}: ${broken.reason}` };
          },
        },
        folder,
        onTenant,
      ),
  };
}
