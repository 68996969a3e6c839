import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { findBreaches } from "../../scripts/layers/breaches.ts";
import { COMPUTED_IMPORTS, LAYERS } from "../../scripts/layers/table.ts";

const SCRIPT = join(import.meta.dirname, "../../scripts/check-layers.ts");

/** A folder with these sources, gone when the test ends. */
async function plant(sources: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "promptforge-layers-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(sources)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

async function breachesOf(sources: Readonly<Record<string, string>>): Promise<string[]> {
  return findBreaches(await plant(sources), { layers: LAYERS, computed: COMPUTED_IMPORTS });
}

/** The check as `npm run lint` runs it. */
function run(...args: string[]) {
  const { status, stderr } = spawnSync(process.execPath, [SCRIPT, ...args], { encoding: "utf8" });
  return { status, stderr };
}

describe("the check of the layers", () => {
  it("passes src", () => {
    expect(run()).toEqual({ status: 0, stderr: "" });
  });

  it("fails the build on a breach, and says where it is", async () => {
    const { status, stderr } = run(await plant({ "domain/x.ts": 'import "../services/x.ts";' }));
    expect(stderr).toContain("domain/x.ts:1: domain may not import services");
    expect(status).toBe(1);
    const manifest = await readFile(join(import.meta.dirname, "../../package.json"), "utf8");
    expect(JSON.parse(manifest).scripts.lint).toContain("scripts/check-layers.ts");
  });

  it("passes what goes in the direction", async () => {
    const sources = {
      "domain/prompt.ts": 'import { z } from "zod"; import { a } from "./names.ts";',
      "domain/ports/storage.ts": 'import type { Prompt } from "../prompt.ts";',
      "services/prompts.ts":
        'import { createHash } from "node:crypto"; import { z } from "../domain/prompt.ts";',
      "operations/get-prompt.ts": 'import { get } from "../services/prompts.ts";',
      "storage/sqlite/storage.ts":
        'import { sql } from "drizzle-orm/sqlite-core"; import { z } from "../../domain/prompt.ts";',
      "storage/postgres/storage.ts": 'import type { Storage } from "../../domain/ports/storage.ts";',
      "transports/mcp/stdio.ts":
        'import type { App } from "../../app.ts"; import { VERSION } from "../version.ts";',
      "transports/cli/invocation.ts":
        'import type { App } from "../../app.ts"; const app = import("../../app.ts");',
      "app.ts":
        'import { open } from "./storage/postgres/storage.ts"; import { get } from "./services/prompts.ts";',
      "bin/promptforge.ts":
        'import process from "node:process"; await import("../transports/cli/run-cli.ts");',
    };
    expect(await breachesOf(sources)).toEqual([]);
  });

  it.each([
    [
      "domain knows nothing above it",
      "domain/x.ts",
      'import "../services/x.ts"',
      "domain may not import services",
    ],
    ["domain is pure", "domain/x.ts", 'import "node:fs"', "domain may not import node:fs"],
    [
      "services know no adapter",
      "services/x.ts",
      'import "../storage/sqlite/x.ts"',
      "may not import storage/sqlite",
    ],
    ["services use no package", "services/x.ts", 'import "zod"', "may not import the package zod"],
    [
      "services know no operation",
      "services/x.ts",
      'import "../operations/x.ts"',
      "may not import operations",
    ],
    ["operations know no adapter", "operations/x.ts", 'import "../security/x.ts"', "may not import security"],
    [
      "operations know no transport",
      "operations/x.ts",
      'import "../transports/x.ts"',
      "may not import transports",
    ],
    ["exchange knows domain alone", "exchange/x.ts", 'import "../services/x.ts"', "may not import services"],
    ["config knows domain alone", "config/x.ts", 'import "../search/x.ts"', "may not import search"],
    [
      "an adapter knows no service",
      "storage/sqlite/x.ts",
      'import "../../services/x.ts"',
      "may not import services",
    ],
    ["an adapter knows no setting", "security/x.ts", 'import "../config/config.ts"', "may not import config"],
    [
      "an adapter knows no other",
      "storage/sqlite/x.ts",
      'import "../../search/index/x.ts"',
      "import search/index",
    ],
    [
      "an adapter knows no sibling",
      "search/index/x.ts",
      'import "../embedder/x.ts"',
      "import search/embedder",
    ],
    [
      "the indexer knows no adapter",
      "search/x.ts",
      'import "./embedder/x.ts"',
      "may not import search/embedder",
    ],
    [
      "a new adapter knows no other",
      "storage/postgres/x.ts",
      'import "../sqlite/x.ts"',
      "import storage/sqlite",
    ],
    ["a new adapter knows no service", "search/hyde/x.ts", 'import "../../services/x.ts"', "import services"],
    ["a package is one layer's", "security/x.ts", 'import "drizzle-orm"', "the package drizzle-orm"],
    [
      "a package is named whole",
      "transports/rest/x.ts",
      'import "@modelcontextprotocol/sdk/x"',
      "package @modelc",
    ],
    [
      "the logger knows no service",
      "observability/x.ts",
      'import "../services/x.ts"',
      "may not import services",
    ],
    [
      "transports know no adapter",
      "transports/rest/x.ts",
      'import "../../storage/sqlite/x.ts"',
      "storage/sqlite",
    ],
    [
      "transports call operations",
      "transports/mcp/x.ts",
      'import "../../services/x.ts"',
      "more than types of services",
    ],
    [
      "transports are given the app",
      "transports/http/x.ts",
      'import "../../app.ts"',
      "more than types of app",
    ],
    [
      "transports know no other",
      "transports/mcp/x.ts",
      'import "../rest/x.ts"',
      "may not import transports/rest",
    ],
    [
      "the command line opens the app late",
      "transports/cli/x.ts",
      'import "../../app.ts"',
      "only by import()",
    ],
    ["the program only hands over", "bin/x.ts", 'import "../transports/cli/x.ts"', "only by import()"],
    ["a new folder has no rights", "tools/x.ts", 'import "../domain/x.ts"', "tools/x.ts:1: is in no layer"],
    ["a new folder is nobody's", "services/x.ts", 'import "../tools/x.ts"', "which is in no layer"],
    ["nothing leaves src", "services/x.ts", 'import "../../scripts/x.ts"', "which is in no layer"],
  ])("%s", async (_rule, path, text, message) => {
    expect(await breachesOf({ [path]: text })).toEqual([expect.stringContaining(message)]);
  });

  it.each([
    'import { x } from "../services/x.ts"',
    'import type { X } from "../services/x.ts"',
    'import { type X } from "../services/x.ts"',
    'export { x } from "../services/x.ts"',
    'export type { X } from "../services/x.ts"',
    'export * from "../services/x.ts"',
    'export * as x from "../services/x.ts"',
    'const x = await import("../services/x.ts")',
    "const x = await import(`../services/x.ts`)",
    'type X = import("../services/x.ts").X',
    'let x: typeof import("../services/x.ts")',
    'import x = require("../services/x.ts")',
    'const x = require("../services/x.ts")',
    'const x = require.resolve("../services/x.ts")',
    'const x = import.meta.resolve("../services/x.ts")',
  ])("sees %s", async (text) => {
    expect(await breachesOf({ "domain/x.ts": `\n${text};` })).toEqual([
      expect.stringContaining("domain/x.ts:2: domain may not import services"),
    ]);
  });

  it("takes an import that is computed for a breach, and `import { type A }` for more than a type", async () => {
    const breaches = await breachesOf({
      "domain/x.ts": "const name: string = '../services/x.ts'; await import(name);",
      "transports/mcp/x.ts": 'import { type App } from "../../app.ts";',
    });
    expect(breaches).toEqual([
      expect.stringContaining("domain/x.ts:1: imports something whose name it computes"),
      expect.stringContaining("transports/mcp/x.ts:1: transports/mcp may not import more than types of app"),
    ]);
  });
});
