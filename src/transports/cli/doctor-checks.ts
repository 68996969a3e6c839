import { constants } from "node:fs";
import { access, mkdtemp, rmdir, stat, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { codeOf } from "./system-code.ts";

export interface Check {
  readonly name: string;
  readonly status: "ok" | "warn" | "fail";
  /** What was found and, unless it is ok, what to do. */
  readonly message: string;
}

const NEEDED_NODE_MAJOR = 22;
const SCARCE_BYTES = 512 * 1024 * 1024;
const SPENT_BYTES = 32 * 1024 * 1024;

export function checkNode(): Check {
  const { node } = process.versions;
  const isEnough = Number.parseInt(node, 10) >= NEEDED_NODE_MAJOR;
  return {
    name: "node",
    status: isEnough ? "ok" : "fail",
    message: `Node.js ${node}${isEnough ? "" : `; ${NEEDED_NODE_MAJOR} or newer is needed`}`,
  };
}

/** `exists`: whether there is anything to look into. */
export async function checkDataFolder(dataDir: string): Promise<Check & { readonly exists: boolean }> {
  const name = "data folder";
  try {
    const info = await stat(dataDir);
    if (!info.isDirectory()) {
      return {
        name,
        exists: false,
        status: "fail",
        message: `${dataDir} is not a folder. Set PROMPTFORGE_DATA_DIR to one.`,
      };
    }
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
    const isOpen = process.platform !== "win32" && (info.mode & 0o077) !== 0;
    return isOpen
      ? {
          name,
          exists: true,
          status: "warn",
          message: `${dataDir} is open to other users of the machine. Close it: chmod 700 '${dataDir}'`,
        }
      : { name, exists: true, status: "ok", message: dataDir };
  } catch (error) {
    if (codeOf(error) === "ENOENT") return { name, exists: false, ...(await checkPlaceFor(dataDir)) };
    return {
      name,
      exists: false,
      status: "fail",
      message: `${dataDir} cannot be used (${codeOf(error)}). ${ANOTHER_FOLDER}`,
    };
  }
}

const ANOTHER_FOLDER = "Let this user read and write there, or set PROMPTFORGE_DATA_DIR to another folder.";

/**
 * Whether a missing folder could be made, tried in the nearest one that is there: rights alone do not tell, where the
 * file system is read-only or not a real one.
 */
async function checkPlaceFor(dataDir: string): Promise<Pick<Check, "status" | "message">> {
  const place = await nearestFolder(dataDir);
  try {
    await rmdir(await mkdtemp(join(place, ".promptforge-doctor-")));
    return { status: "warn", message: `${dataDir} does not exist yet. \`promptforge init\` makes it.` };
  } catch (error) {
    return {
      status: "fail",
      message: `${dataDir} does not exist, and nothing can be made in ${place} (${codeOf(error)}). ${ANOTHER_FOLDER}`,
    };
  }
}

async function nearestFolder(path: string): Promise<string> {
  const parent = dirname(path);
  if (parent === path) return path;
  return stat(parent).then(
    () => parent,
    () => nearestFolder(parent),
  );
}

export async function checkDiskSpace(dataDir: string): Promise<Check> {
  const name = "disk space";
  try {
    const { bavail, bsize } = await statfs(dataDir);
    const free = bavail * bsize;
    const message = `${megabytes(free)} free`;
    if (free < SPENT_BYTES)
      return {
        name,
        status: "fail",
        message: `${message}: the disk is full. Make room before anything is written.`,
      };
    return free < SCARCE_BYTES
      ? {
          name,
          status: "warn",
          message: `${message}. Make room soon; when the disk is full, writes are refused.`,
        }
      : { name, status: "ok", message };
  } catch (error) {
    const parent = dirname(dataDir);
    if (codeOf(error) === "ENOENT" && parent !== dataDir) return checkDiskSpace(parent);
    return { name, status: "warn", message: `It could not be read (${codeOf(error)}).` };
  }
}

/** The secrets of the data folder: they are nobody else's. */
export async function checkSecretFile(
  dataDir: string,
  name: string,
  file: string,
): Promise<Check | undefined> {
  const path = join(dataDir, file);
  try {
    const { mode } = await stat(path);
    const isOpen = process.platform !== "win32" && (mode & 0o077) !== 0;
    return isOpen
      ? { name, status: "fail", message: `${path} can be read by other users. Close it: chmod 600 '${path}'` }
      : { name, status: "ok", message: path };
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    return { name, status: "fail", message: `${path} cannot be read (${codeOf(error)}).` };
  }
}

export function megabytes(bytes: number): string {
  const mega = bytes / 1024 / 1024;
  return mega >= 1024 ? `${(mega / 1024).toFixed(1)} GiB` : `${mega.toFixed(1)} MiB`;
}
