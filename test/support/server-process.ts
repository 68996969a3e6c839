import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "./free-port.ts";

const STARTS = 5;
/** Generous against a busy machine. */
const READY_WITHIN_MS = 60_000;

/** Between finding a free port and listening on it, somebody else may take it: tried with others. */
export async function onFreePort<T>(
  start: (port: number) => Promise<T>,
): Promise<{ port: number; child: T }> {
  for (let left = STARTS; ; left--) {
    const port = await freePort();
    try {
      return { port, child: await start(port) };
    } catch (error) {
      if (left === 1) throw error;
    }
  }
}

/** Waits until a server answers. One that does not is ended, and what it printed last is told. */
export async function untilReady(
  child: ChildProcess,
  name: string,
  isReady: () => Promise<boolean>,
): Promise<ChildProcess> {
  let output = "";
  const keep = (chunk: Buffer) => {
    output = (output + chunk).slice(-4_000);
  };
  child.stdout?.on("data", keep);
  child.stderr?.on("data", keep);
  const deadline = Date.now() + READY_WITHIN_MS;
  while (child.exitCode === null && Date.now() < deadline) {
    if (await isReady()) return child;
    await sleep(20);
  }
  await endProcess(child);
  throw new Error(`${name} did not start: ${output}`);
}

/** Ends it, by default as a crash would. */
export async function endProcess(child: ChildProcess, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill(signal);
  await exited;
}
