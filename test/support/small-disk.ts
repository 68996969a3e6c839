import { spawnSync } from "node:child_process";
import { mkdtemp, rmdir, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface SmallDisk {
  readonly path: string;
  /** Bytes. */
  free(): Promise<number>;
  close(): Promise<void>;
}

/** A file system of so many MiB, in memory; or why there is none. Needs the right to mount. */
export async function smallDisk(megabytes: number): Promise<SmallDisk | string> {
  if (process.platform !== "linux") return "a small file system is made by Linux's tmpfs";
  const path = await mkdtemp(join(tmpdir(), "promptforge-disk-"));
  const { status, stderr, error } = spawnSync("mount", [
    "-t",
    "tmpfs",
    "-o",
    `size=${megabytes}m,mode=777`,
    "tmpfs",
    path,
  ]);
  if (status !== 0) {
    await rmdir(path);
    return `a small file system cannot be mounted here (${error?.message ?? String(stderr).trim()})`;
  }
  return {
    path,
    async free() {
      const { bavail, bsize } = await statfs(path);
      return bavail * bsize;
    },
    async close() {
      spawnSync("umount", [path]);
      await rmdir(path);
    },
  };
}
