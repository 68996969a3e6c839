import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import process from "node:process";
import { isatty } from "node:tty";
import { fileURLToPath } from "node:url";

/** Where a checkout has the Node that its scripts run on, from dist/bin and src/bin alike. */
const PLACES = ["node/bin/node", "node/bin/node.exe", ".bin/node"];

/** Those that ask a program to end; the others are not ours to pass on. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** The checkout's own Node, when it has one that is new enough; so that `npm link` works under an older one. */
export function findNewerNode(neededMajor: number): string | undefined {
  return PLACES.map((place) => fileURLToPath(new URL(`../../node_modules/${place}`, import.meta.url))).find(
    (path) => existsSync(path) && majorOf(path) >= neededMajor,
  );
}

function majorOf(node: string): number {
  const { stdout } = spawnSync(node, ["--version"], { encoding: "utf8" });
  return Number.parseInt(String(stdout).replace(/^v/, ""), 10);
}

/** Runs this command line again on another Node, on the same streams; this process ends as that one does. */
export function runOn(node: string): void {
  const child = spawn(node, process.argv.slice(1), { stdio: "inherit" });
  const forward = (signal: NodeJS.Signals) => {
    // A terminal's Ctrl-C reaches both by itself, and a second SIGINT would end the child at once.
    if (signal !== "SIGINT" || !isAtTerminal()) child.kill(signal);
  };
  for (const signal of SIGNALS) process.on(signal, forward);
  child.once("error", (error) => {
    process.stderr.write(`PromptForge could not start on ${node}: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.once("exit", (code, signal) => {
    for (const name of SIGNALS) process.removeListener(name, forward);
    if (signal === null) process.exitCode = code ?? 1;
    else process.kill(process.pid, signal);
  });
}

function isAtTerminal(): boolean {
  return [0, 1, 2].some((descriptor) => isatty(descriptor));
}
