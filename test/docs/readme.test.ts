import { execFile, spawnSync } from "node:child_process";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { SETTINGS } from "../../src/config/config.ts";
import { openServedLibrary, PROGRAM } from "../support/sessions.ts";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "../..");
const readme = await readFile(join(ROOT, "README.md"), "utf8");

function snippet(name: string): string {
  const found = new RegExp(`<!-- run: ${name} -->\\n\`\`\`sh\\n(.*?)\`\`\``, "s").exec(readme);
  if (found?.[1] === undefined) throw new Error(`The README has no snippet ${name}`);
  return found[1];
}

const missing = ["bash", "curl"].filter((tool) => spawnSync(tool, ["--version"]).error !== undefined);
if (missing.length > 0) console.warn(`Skipped: the README's snippets need ${missing.join(" and ")}`);

/** A served library with the starter prompts in it, as the README's reader has one, and `promptforge` on the PATH. */
async function reader() {
  const library = await openServedLibrary();
  const bin = join(library.dataDir, "bin");
  await mkdir(bin);
  await writeFile(join(bin, "promptforge"), `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`);
  await chmod(join(bin, "promptforge"), 0o755);
  const shell = async (script: string): Promise<string> => {
    const { stdout } = await run("bash", ["-euc", script], {
      cwd: ROOT,
      env: {
        PATH: [bin, dirname(process.execPath), process.env["PATH"]].join(delimiter),
        URL: library.url,
        PROMPTFORGE_DATA_DIR: library.dataDir,
        PROMPTFORGE_TOKEN: library.key,
        PROMPTFORGE_PORT: new URL(library.url).port,
      },
    });
    return stdout;
  };
  await shell("promptforge import examples/prompts --no-wait");
  return { shell, close: library.close };
}

/** A snippet starts a dozen programs, one after the other. */
const timeout = 240_000;

describe.skipIf(missing.length > 0)("the README's snippets", { timeout }, () => {
  it("work over REST, and find what they stored", async () => {
    const { shell, close } = await reader();
    try {
      const stdout = await shell(snippet("rest"));
      expect(stdout).toContain('"name":"mail/urgency"');
      // Whether the starters are found by meaning yet decides about the order, not about this one being found.
      expect(stdout).toMatch(/"items":\[.*"name":"mail\/urgency"/);
      expect(stdout).toContain("Sort this message by urgency: The site is down!");
      expect(stdout).not.toContain('"code"');
    } finally {
      await close();
    }
  });

  it("found another tenant by registering", async () => {
    const { shell, close } = await reader();
    try {
      const stdout = await shell(snippet("register"));
      expect(stdout).toContain('"username":"grace"');
      expect(stdout).toContain('{"items":[],"next_cursor":null}');
    } finally {
      await close();
    }
  });

  it("work in a shell", async () => {
    const { shell, close } = await reader();
    try {
      const stdout = await shell(snippet("shell"));
      expect(stdout).toContain("title: Reply to a customer");
      expect(stdout).toMatch(/^2 .* Write it /m);
      expect(stdout).toContain("\nWhere is my order?\n");
      expect(stdout).toMatch(/^ok {4}port .*PromptForge is served/m);
    } finally {
      await close();
    }
  });
});

describe("the documentation", () => {
  it("has every setting in .env.example, and no other", async () => {
    const example = await readFile(join(ROOT, ".env.example"), "utf8");
    const documented = [...example.matchAll(/^#?((?:PROMPTFORGE|QDRANT)_[A-Z_]+)=/gm)].map(
      ([, name]) => name,
    );
    expect(documented.sort()).toEqual([...SETTINGS].sort());
  });

  it("links only to files that are there", async () => {
    for (const page of ["README.md", "ARCHITECTURE.md", "docs/decisions/README.md"]) {
      const text = await readFile(join(ROOT, page), "utf8");
      for (const [, target] of text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
        await expect(
          readFile(join(ROOT, dirname(page), target!)),
          `${page}: ${target}`,
        ).resolves.toBeDefined();
      }
    }
  });
});
