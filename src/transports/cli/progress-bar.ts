import { SingleBar } from "cli-progress";
import type { Io } from "./io.ts";

export interface ProgressBar {
  set(value: number): void;
  /** Writes a line above the bar. */
  line(text: string): void;
  stop(): void;
}

/** A bar on standard error while that is a terminal; else lines are all that is written. */
export function progressBar(
  io: Io,
  label: string,
  total: number,
  shown: "count" | "percent" = "count",
): ProgressBar {
  const line = (text: string) => io.stderr.write(`${text}\n`);
  if (!io.stderr.isTTY || total === 0) return { set: () => undefined, line, stop: () => undefined };
  const bar = new SingleBar({
    format: `${label} [{bar}] ${shown === "count" ? "{value}/{total}" : "{percentage}%"}  {eta_formatted} left`,
    stream: io.stderr,
    barsize: 30,
    etaBuffer: 200,
    hideCursor: true,
    // Ctrl-C is the command's: it ends the work in order first.
    gracefulExit: false,
  });
  let reached = 0;
  bar.start(total, reached);
  return {
    set(value) {
      // An estimate from no progress at all is none.
      if (value <= reached) return;
      reached = Math.min(value, total);
      bar.update(reached);
    },
    line(text) {
      io.stderr.write(`\r\u001b[K${text}\n`);
      bar.update(reached);
    },
    stop: () => bar.stop(),
  };
}
