/** Asks the registry for advisories on what is locked; fails on grave ones, and says why where it could not ask. */
import { spawnSync } from "node:child_process";
import { auditVerdict } from "./audit-verdict.ts";

// Optional and development packages, too: they run here.
const { stdout, error } = spawnSync("npm", ["audit", "--json"], {
  encoding: "utf8",
  shell: process.platform === "win32",
  maxBuffer: 64 * 1024 * 1024,
});
if (error !== undefined) throw error;
const { outcome, words } = auditVerdict(stdout);
console.log(words);
process.exitCode = outcome === "grave" ? 1 : 0;
