import { type ChildProcess, spawn } from "node:child_process";

/** Ends the server and removes its folder when this process ends, in whatever way: another one waits for the pipe to close. */
export function endWithParent(child: ChildProcess, folder: string): void {
  const script = 'read -r _ || { kill -KILL "$1"; rm -rf "$2"; }';
  const watcher = spawn("sh", ["-c", script, "sh", String(child.pid), folder], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  watcher.unref();
  // The server has ended by itself: a line, and the watcher goes too.
  child.once("exit", () => watcher.stdin.end("ended\n"));
}
