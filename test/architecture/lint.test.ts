import { spawnSync } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { z } from "zod";

const ROOT = join(import.meta.dirname, "../..");
const BIOME = createRequire(import.meta.url).resolve("@biomejs/biome/bin/biome");

/** Ways to write to standard output, which carries JSON-RPC under stdio. */
const OUTPUT = [
  'process.stdout.write("x")',
  'globalThis.process.stdout.write("x")',
  'process["stdout"].write("x")',
  "const { stdout } = process",
  "const { stdin, stdout: out } = globalThis.process",
  'import { stdout } from "node:process"',
  'import { stdin, stdout as out } from "node:process"',
  'import proc from "node:process"',
  'import * as proc from "node:process"',
  'writeSync(1, "x")',
  'fs.write(1, "x", done)',
  'createWriteStream("", { fd: 1 })',
];

/** Ways to read the environment past the checked settings. */
const ENVIRONMENT = [
  "export const x = process.env",
  'export const x = process["env"]',
  "const { env } = process",
  "const { argv, env: environment } = globalThis.process",
  'import { env } from "node:process"',
  'import { argv, env as environment } from "node:process"',
];

const FINE = ['process.stderr.write("x")', 'writeSync(2, "x")', "export const x = process.pid"];

/** What the lint says against lines, by its rule; that they use nothing is not of interest. */
const RULES = new Set(["plugin", "lint/style/noProcessEnv", "lint/suspicious/noConsole"]);

const reportSchema = z.object({
  diagnostics: z.array(z.object({ category: z.string(), location: z.object({ path: z.string() }) })),
});

/** The lines that the project's own rules refuse in modules of a folder of src. */
async function refusedIn(place: string, lines: readonly string[]): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "promptforge-lint-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, ".gitignore"), "node_modules\n");
  for (const rules of ["biome.json", "lint"]) {
    await cp(join(ROOT, rules), join(folder, rules), { recursive: true });
  }
  await mkdir(join(folder, "src", place), { recursive: true });
  const paths = lines.map((_, n) => `src/${place}/line-${n}.ts`);
  await Promise.all(paths.map((path, n) => writeFile(join(folder, path), `${lines[n]};\n`)));
  const args = [BIOME, "lint", "--reporter=json", "--max-diagnostics=none", "."];
  const { stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: "utf8" });
  const refused = new Set(
    reportSchema
      .parse(JSON.parse(stdout))
      .diagnostics.filter(({ category }) => RULES.has(category))
      .map(({ location }) => location.path),
  );
  return lines.filter((_, n) => refused.has(paths[n]!));
}

describe("the lint", () => {
  it.each(["services", "search/embedder", "transports/mcp", "config"])(
    "refuses standard output in %s, and nothing like it",
    async (place) => {
      expect(await refusedIn(place, [...OUTPUT, ...FINE])).toEqual(OUTPUT);
    },
  );

  it.each(["transports/cli", "bin"])("leaves standard output to %s", async (place) => {
    expect(await refusedIn(place, OUTPUT)).toEqual([]);
  });

  it.each(["services", "observability", "transports/cli"])("refuses the environment in %s", async (place) => {
    expect(await refusedIn(place, [...ENVIRONMENT, ...FINE])).toEqual(ENVIRONMENT);
  });

  it.each(["config", "bin"])("leaves the environment to %s", async (place) => {
    expect(await refusedIn(place, ENVIRONMENT)).toEqual([]);
  });

  it.each(["services", "transports/cli", "bin"])("refuses the console in %s", async (place) => {
    expect(await refusedIn(place, ['console.log("x")'])).toHaveLength(1);
  });
});
