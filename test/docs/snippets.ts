import { execFile, spawnSync } from "node:child_process";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { librarySettings } from "../support/library.ts";
import { openServedLibrary, PROGRAM } from "../support/sessions.ts";

const run = promisify(execFile);
export const ROOT = join(import.meta.dirname, "../..");

/** A snippet starts a dozen programs, one after the other. */
export const SNIPPET_TIMEOUT = 240_000;

/** What the snippets need, and this machine has not. */
export const missingTools = ["bash", "curl"].filter(
  (tool) => spawnSync(tool, ["--version"]).error !== undefined,
);
if (missingTools.length > 0)
  console.warn(`Skipped: the documentation's snippets need ${missingTools.join(" and ")}`);

/** Gives the snippets of a page by their names: a comment `run: …` stands before each. */
export async function snippetsOf(page: string, language = "sh"): Promise<(name: string) => string> {
  const text = await readFile(join(ROOT, page), "utf8");
  return (name) => {
    const found = new RegExp(`<!-- run: ${name} -->\\n\`\`\`${language}\\n(.*?)\`\`\``, "s").exec(text);
    if (found?.[1] === undefined) throw new Error(`${page} has no snippet ${name}`);
    return found[1];
  };
}

/** A served library, as the reader of a page has one, and `promptforge` on the PATH. */
export async function reader() {
  const library = await openServedLibrary();
  const bin = join(library.dataDir, "bin");
  await mkdir(bin);
  await writeFile(join(bin, "promptforge"), `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`);
  await chmod(join(bin, "promptforge"), 0o755);
  const settings = await librarySettings(library.dataDir);
  const shell = async (script: string): Promise<string> => {
    const { stdout } = await run("bash", ["-euc", script], {
      cwd: ROOT,
      env: {
        PATH: [bin, dirname(process.execPath), process.env["PATH"]].join(delimiter),
        URL: library.url,
        PROMPTFORGE_DATA_DIR: library.dataDir,
        ...settings,
        PROMPTFORGE_TOKEN: library.key,
        PROMPTFORGE_PORT: new URL(library.url).port,
      },
    });
    return stdout;
  };
  return { shell, close: library.close };
}
