import { availableParallelism, cpus, loadavg, totalmem } from "node:os";

/** Where a run was made: without it its numbers mean little. */
export interface Machine {
  readonly cores: number;
  readonly processor: string;
  readonly memory_gb: number;
  readonly node: string;
  readonly platform: string;
  /** Of the last minute, when the run began and when it ended. At the start anything much above 0 is somebody else's. */
  readonly load: { readonly before: number; readonly after: number };
}

/** Notes the load now; the rest when it is asked. */
export function observeMachine(): () => Machine {
  const before = loadOfLastMinute();
  return () => ({
    cores: availableParallelism(),
    processor: cpus()[0]?.model.trim() ?? "unknown",
    memory_gb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    platform: `${process.platform}-${process.arch}`,
    load: { before, after: loadOfLastMinute() },
  });
}

function loadOfLastMinute(): number {
  return Math.round((loadavg()[0] ?? 0) * 100) / 100;
}
