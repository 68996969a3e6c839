import { constants } from "node:fs";
import { access, stat, statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import process from "node:process";
import type { Config } from "../../config/config.ts";
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
    if (codeOf(error) === "ENOENT") {
      return {
        name,
        exists: false,
        status: "warn",
        message: `${dataDir} does not exist yet. \`promptforge init\` makes it.`,
      };
    }
    return {
      name,
      exists: false,
      status: "fail",
      message: `${dataDir} cannot be used (${codeOf(error)}). Let this user read and write there, or set PROMPTFORGE_DATA_DIR to another folder.`,
    };
  }
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

/** Whether `serve` could listen. A port in use is no fault: a server of ours may be what uses it. */
export function checkPort({ host, port }: Pick<Config, "host" | "port">): Promise<Check> {
  const name = "port";
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", (error) => {
      const message =
        codeOf(error) === "EADDRINUSE"
          ? `${port} is in use: by a running \`promptforge serve\`, or by something else; then choose another with --port or PROMPTFORGE_PORT.`
          : `Nothing can listen on ${host}:${port} (${codeOf(error)}). Choose another with PROMPTFORGE_HOST and PROMPTFORGE_PORT.`;
      resolve({ name, status: "warn", message });
    });
    server.listen(port, host, () => {
      server.close(() => resolve({ name, status: "ok", message: `${host}:${port} is free` }));
    });
  });
}

export function megabytes(bytes: number): string {
  const mega = bytes / 1024 / 1024;
  return mega >= 1024 ? `${(mega / 1024).toFixed(1)} GiB` : `${mega.toFixed(1)} MiB`;
}
