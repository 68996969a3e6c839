#!/usr/bin/env node
// The command of a clone: unlike dist/ it is there before the first build, when `npm link` looks for it, and says so.
// Keep the syntax to what Node 18 can parse: what it hands over to looks for a newer one.
import { existsSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";

const program = new URL("../dist/bin/promptforge.js", import.meta.url);

if (existsSync(program)) {
  await import(program.href);
} else {
  const clone = fileURLToPath(new URL("..", import.meta.url));
  process.stderr.write(
    `PromptForge is not built yet. Run \`npm run build\` in ${clone} (a few seconds), then this again.\n`,
  );
  process.exitCode = 1;
}
