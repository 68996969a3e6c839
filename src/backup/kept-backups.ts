import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Manifest, readManifest } from "./manifest.ts";

export interface KeptBackup {
  readonly folder: string;
  readonly manifest: Manifest;
}

const PREFIX = "promptforge-";

/** The name of a backup's folder: by its time, so that names are in order. */
export function backupName(at: Date): string {
  return `${PREFIX}${at.toISOString().replaceAll(/[-:]|\.\d+/g, "")}`;
}

/** The backups of one library in a folder, newest first; those that cannot be read are left out. */
export async function keptBackups(dir: string, libraryId?: string): Promise<KeptBackup[]> {
  const names = await readdir(dir).catch(() => []);
  const kept: KeptBackup[] = [];
  for (const name of names) {
    if (!name.startsWith(PREFIX)) continue;
    const folder = join(dir, name);
    const manifest = await readManifest(folder).catch(() => undefined);
    if (manifest !== undefined && (libraryId ?? manifest.library.id) === manifest.library.id) {
      kept.push({ folder, manifest });
    }
  }
  return kept.sort((one, other) => other.manifest.made_at.localeCompare(one.manifest.made_at));
}

/** Deletes the oldest of those that the schedule made, beyond the newest `keep` of them. */
export async function dropOldBackups(dir: string, libraryId: string, keep: number): Promise<void> {
  const scheduled = (await keptBackups(dir, libraryId)).filter(({ manifest }) => manifest.scheduled);
  for (const { folder } of scheduled.slice(keep)) await rm(folder, { recursive: true, force: true });
}
