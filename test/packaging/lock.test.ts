import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const ROOT = join(import.meta.dirname, "../..");
const read = (file: string): unknown => JSON.parse(readFileSync(join(ROOT, file), "utf8"));

const lock = z
  .object({
    packages: z.record(
      z.string(),
      z.looseObject({
        version: z.string().optional(),
        resolved: z.string().optional(),
        gypfile: z.boolean().optional(),
        hasInstallScript: z.boolean().optional(),
        optionalDependencies: z.record(z.string(), z.string()).optional(),
      }),
    ),
  })
  .parse(read("package-lock.json"));

const manifest = z
  .object({
    allowScripts: z.record(z.string(), z.boolean()),
    dependencies: z.record(z.string(), z.string()),
    devDependencies: z.record(z.string(), z.string()),
    optionalDependencies: z.record(z.string(), z.string()),
  })
  .parse(read("package.json"));

/** The package of a path like `node_modules/a/node_modules/@b/c`. */
const nameOf = (path: string) => path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);

describe("the lock file", () => {
  it("keeps npm 10 from compiling better-sqlite3, which ships its binaries (npm install forgets it: put it back)", () => {
    expect(lock.packages["node_modules/better-sqlite3"]).toMatchObject({ gypfile: false });
  });

  it("names the package of every platform, or npm ci refuses it elsewhere", () => {
    for (const [path, { optionalDependencies = {} }] of Object.entries(lock.packages)) {
      for (const name of Object.keys(optionalDependencies)) {
        const found = Object.keys(lock.packages).some((candidate) => nameOf(candidate) === name);
        expect(found, `${name}, wanted by ${path || "promptforge"}`).toBe(true);
      }
    }
  });

  it("names no address to download from", () => {
    for (const [path, { resolved }] of Object.entries(lock.packages)) expect(resolved, path).toBeUndefined();
  });
});

describe("the manifest", () => {
  it("decides on every install script", () => {
    const withScript = Object.entries(lock.packages)
      .filter(([, entry]) => entry.hasInstallScript)
      .map(([path]) => nameOf(path));
    for (const name of withScript) expect(Object.keys(manifest.allowScripts)).toContain(name);
  });

  it("says in CONTRIBUTING.md what each install script does, and why it is allowed or denied", () => {
    const text = readFileSync(join(ROOT, "CONTRIBUTING.md"), "utf8");
    for (const name of Object.keys(manifest.allowScripts)) expect(text).toContain(`| \`${name}\``);
  });

  it("pins the major of every dependency", () => {
    const all = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
    for (const [name, range] of Object.entries(all)) expect(range, name).toMatch(/^[~^]?\d+\.\d+/);
  });
});
