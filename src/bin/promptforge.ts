#!/usr/bin/env node
import process from "node:process";

// Nothing else is imported before the version is checked: an older Node would fail inside a native module,
// with words that help nobody. Keep the syntax of this file, and of newer-node.ts, to what Node 18 can parse.
const NEEDED_MAJOR = 22;
const found = process.versions.node;

if (Number.parseInt(found, 10) >= NEEDED_MAJOR) {
  const { runCli } = await import("../transports/cli/run-cli.ts");
  const { outputTaken } = await import("../transports/cli/io.ts");
  const { env, stdout, stderr, stdin } = process;
  process.exitCode = await runCli(process.argv.slice(2), { env, stdout, stderr, stdin });
  if (!(await outputTaken({ stdout, stderr }))) process.exit();
} else {
  const { findNewerNode, runOn } = await import("./newer-node.ts");
  const newer = findNewerNode(NEEDED_MAJOR);
  if (newer === undefined) {
    process.stderr.write(
      `PromptForge needs Node.js ${NEEDED_MAJOR} or newer; this is Node.js ${found} (${process.execPath}).\n` +
        "Get a newer one from https://nodejs.org or with a version manager: `nvm install 24`, `fnm install 24` or " +
        "`volta install node@24`. In a checkout, `npm start` and `npm run -s promptforge --` bring their own.\n",
    );
    process.exitCode = 1;
  } else {
    runOn(newer);
  }
}
