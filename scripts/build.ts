/**
 * Builds src/ beside dist/ and puts it in its place when it is whole: a server that runs from there goes on, one that is started
 * meanwhile finds all of its parts, what does not compile leaves the build before, and a deleted source leaves nothing behind.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "..");
const DIST = join(ROOT, "dist");
const TSC = join(ROOT, "node_modules/typescript/bin/tsc");

// Ctrl-C ends the compiler; what is beside is still to be removed then.
process.on("SIGINT", () => undefined);
const beside = mkdtempSync(`${DIST}-`);
const built = join(beside, "built");
try {
  const args = [TSC, "-p", join(ROOT, "tsconfig.build.json"), "--outDir", built];
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
  process.exitCode = status ?? 1;
  if (status === 0) {
    // The image has it as a command.
    chmodSync(join(built, "bin/promptforge.js"), 0o755);
    putInPlace();
  }
} finally {
  rmSync(beside, { recursive: true, force: true });
}

/** Between the two steps another build may put its own there: then that goes, too. */
function putInPlace(): void {
  for (let turn = 1; ; turn++) {
    try {
      renameSync(DIST, join(beside, `before-${turn}`));
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
    }
    try {
      renameSync(built, DIST);
      return;
    } catch (error) {
      if (codeOf(error) !== "ENOTEMPTY" || turn === 10) throw error;
    }
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
