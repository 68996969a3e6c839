import { resolve } from "node:path";
import { z } from "zod";

/** Backups that the server makes by itself (docs/operating.md). */
export const backupSettings = {
  /** Folder for them, on another disk at best; without one none are made. */
  PROMPTFORGE_BACKUP_DIR: z.string().min(1).optional(),
  PROMPTFORGE_BACKUP_EVERY_HOURS: z.coerce.number().int().min(1).max(720).default(24),
  /** How many are kept; those that were made by hand are not counted, and stay. */
  PROMPTFORGE_BACKUP_KEEP: z.coerce.number().int().min(1).max(1000).default(7),
};

export interface BackupConfig {
  readonly dir: string;
  readonly everyHours: number;
  readonly keep: number;
}

type Settings = z.output<z.ZodObject<typeof backupSettings>>;

/** `undefined`: none are made by themselves. */
export function backupConfig(
  settings: Settings,
  isPostgres: boolean,
  inHome: (folder: string) => string,
): BackupConfig | undefined | { readonly problems: readonly string[] } {
  const dir = settings.PROMPTFORGE_BACKUP_DIR;
  if (dir === undefined) return undefined;
  if (isPostgres) {
    const problem =
      "PROMPTFORGE_BACKUP_DIR is for a library in the data folder: PostgreSQL is backed up by its own means (docs/operating.md)";
    return { problems: [problem] };
  }
  return {
    dir: resolve(inHome(dir)),
    everyHours: settings.PROMPTFORGE_BACKUP_EVERY_HOURS,
    keep: settings.PROMPTFORGE_BACKUP_KEEP,
  };
}
