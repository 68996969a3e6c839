import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { librarySettings } from "./library.ts";
import { PROGRAM } from "./sessions.ts";

export interface RunningProgram {
  readonly child: ChildProcess;
  readonly url: string;
  readonly stderr: () => string;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Ends it as an operator would, and gives its exit code. */
  stop(): Promise<number | null>;
}

/** Starts `promptforge serve` as a process of its own on a free port. */
export async function serveProgram(
  dataDir: string,
  environment: Record<string, string> = {},
): Promise<RunningProgram> {
  const child = spawn(process.execPath, [PROGRAM, "serve", "--json"], {
    env: {
      PATH: process.env["PATH"],
      PROMPTFORGE_DATA_DIR: dataDir,
      PROMPTFORGE_PORT: "0",
      PROMPTFORGE_LOG_LEVEL: "warn",
      PROMPTFORGE_EMBEDDER_WORKERS: "1",
      ...(await librarySettings(dataDir)),
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk;
  });
  const exited = once(child, "exit");
  let text = "";
  for await (const line of createInterface(child.stdout)) {
    text += line;
    if (line === "}" || /^\{.*\}$/.test(line)) break;
  }
  if (text === "") throw new Error(`The server did not start: ${stderr}`);
  return {
    child,
    url: JSON.parse(text).url,
    stderr: () => stderr,
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
    async stop() {
      child.kill("SIGTERM");
      const [code] = await exited;
      return code;
    },
  };
}
