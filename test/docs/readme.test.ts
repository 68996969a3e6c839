import { execFile, spawnSync } from "node:child_process";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { SETTINGS } from "../../src/config/config.ts";
import { startServer } from "../../src/transports/http/server.ts";
import { openLibrary } from "../support/library.ts";
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

describe.skipIf(missing.length > 0)("the README's snippets", () => {
  it("work over REST", async () => {
    const library = await openLibrary();
    const server = await startServer(library.app);
    try {
      const { stdout } = await run("bash", ["-euc", snippet("rest")], {
        env: { PATH: `${dirname(process.execPath)}${delimiter}${process.env["PATH"]}`, URL: server.url },
      });
      expect(stdout).toContain('"name":"support/triage"');
      expect(stdout).toContain("Sort this message by urgency: The site is down!");
      expect(stdout).not.toContain('"code"');
    } finally {
      await server.close();
      await library.close();
    }
  });

  it("work in a shell", async () => {
    const library = await openServedLibrary();
    try {
      const bin = join(library.dataDir, "bin");
      await mkdir(bin);
      await writeFile(join(bin, "promptforge"), `#!/bin/sh\nexec "${process.execPath}" "${PROGRAM}" "$@"\n`);
      await chmod(join(bin, "promptforge"), 0o755);
      const { stdout } = await run("bash", ["-euc", snippet("shell")], {
        cwd: ROOT,
        env: {
          PATH: `${bin}${delimiter}${process.env["PATH"]}`,
          PROMPTFORGE_DATA_DIR: library.dataDir,
          PROMPTFORGE_TOKEN: library.key,
          PROMPTFORGE_PORT: "0",
        },
      });
      expect(stdout).toContain("Sort first");
    } finally {
      await library.close();
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
