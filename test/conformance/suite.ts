import { execFile } from "node:child_process";
import { glob, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

export interface SuiteRun {
  readonly passed: boolean;
  /** Everything the suite printed. */
  readonly output: string;
  /** One line for each check that failed. */
  readonly failures: readonly string[];
}

export const SUITE = fileURLToPath(import.meta.resolve("@modelcontextprotocol/conformance/dist/index.js"));
export const TIMEOUT_MS = 120_000;

const checksSchema = z.array(
  z.object({ id: z.string(), status: z.string(), errorMessage: z.string().optional() }),
);

/** Runs `conformance server …` of the installed suite. Its result files go to a temporary folder and are removed. */
export async function runSuite(url: string, ...options: string[]): Promise<SuiteRun> {
  const results = await mkdtemp(join(tmpdir(), "promptforge-conformance-results-"));
  try {
    const { passed, output } = await execute(["server", "--url", url, "--output-dir", results, ...options]);
    return { passed, output, failures: passed ? [] : await failedChecks(results) };
  } finally {
    await rm(results, { recursive: true });
  }
}

function execute(args: string[]): Promise<{ passed: boolean; output: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [SUITE, ...args],
      { timeout: TIMEOUT_MS, maxBuffer: Number.POSITIVE_INFINITY },
      (error, stdout, stderr) => resolve({ passed: error === null, output: stdout + stderr }),
    );
  });
}

/** The suite keeps `server-<scenario>-<time>/checks.json` for each scenario. */
async function failedChecks(results: string): Promise<string[]> {
  const lines: string[] = [];
  for await (const file of glob(join(results, "*", "checks.json"))) {
    const checks = checksSchema.parse(JSON.parse(await readFile(file, "utf8")));
    for (const { id, status, errorMessage } of checks) {
      if (status === "FAILURE") lines.push(`${basename(dirname(file))}: ${id}: ${errorMessage ?? ""}`);
    }
  }
  return lines.sort();
}
