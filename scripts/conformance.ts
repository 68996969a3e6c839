/**
 * Runs the public MCP conformance suite against PromptForge, once for each revision of the protocol:
 *
 *   node scripts/conformance.ts [revision …]     (all of them when none is named)
 *
 * First every scenario that the revision requires, against the real server with the suite's fixtures put over it;
 * then the scenarios that need no fixture, against the server as it is delivered. Ends with 0 only when all pass.
 */
import { fileURLToPath } from "node:url";
import { type Mount, openMount } from "../test/conformance/mount.ts";
import { GENERIC, REVISIONS, type Revision } from "../test/conformance/scenarios.ts";
import { runSuite } from "../test/conformance/suite.ts";

/** Excuses the checks that call a fixture, and makes the suite count warnings as failures. */
const BASELINE = fileURLToPath(new URL("../test/conformance/without-fixtures.yaml", import.meta.url));

const revisions = process.argv.length > 2 ? process.argv.slice(2).map(revisionNamed) : REVISIONS;

const verdicts: string[] = [];
for (const revision of revisions) {
  await judge(`${revision}: required scenarios`, { fixtures: true }, (url) => required(url, revision));
  await judge(`${revision}: generic scenarios, without fixtures`, { fixtures: false }, (url) =>
    generic(url, revision),
  );
}
console.log(`\n${verdicts.join("\n")}`);

async function judge(
  title: string,
  options: { fixtures: boolean },
  run: (url: string) => Promise<boolean>,
): Promise<void> {
  console.log(`\n# ${title}\n`);
  const started = performance.now();
  const mount: Mount = await openMount(options);
  const passed = await run(mount.url).finally(() => mount.close());
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  verdicts.push(`${passed ? "pass" : "FAIL"}  ${title} (${seconds} s)`);
  if (!passed) process.exitCode = 1;
}

async function required(url: string, revision: Revision): Promise<boolean> {
  const { passed, output, failures } = await runSuite(url, "--requirements", revision);
  const summary = output.indexOf("=== SUMMARY ===");
  console.log(summary < 0 ? output : output.slice(summary).trimEnd());
  for (const failure of failures) console.log(`  failed: ${failure}`);
  return passed && summary >= 0;
}

async function generic(url: string, revision: Revision): Promise<boolean> {
  let allPassed = true;
  for (const scenario of GENERIC[revision]) {
    const { passed, output } = await runSuite(
      url,
      ...["--scenario", scenario, "--spec-version", revision, "--expected-failures", BASELINE],
    );
    // The suite ends with 0 as well when it skips a scenario; then it counts nothing.
    const [counted] = /^Passed: .+$/m.exec(output) ?? [];
    const good = passed && counted !== undefined;
    const excused = output.match(/^ {2}~ .+$/gm)?.length ?? 0;
    const remark = excused === 0 ? "" : ` (${excused} excused: they call a fixture)`;
    console.log(`${good ? "✓" : "✗"} ${scenario}: ${counted ?? "not run"}${remark}`);
    if (!good) console.log(output);
    allPassed &&= good;
  }
  return allPassed;
}

function revisionNamed(name: string): Revision {
  const revision = REVISIONS.find((known) => known === name);
  if (revision === undefined) {
    console.error(`There is no revision ${name}. Choose from ${REVISIONS.join(", ")}.`);
    process.exit(2);
  }
  return revision;
}
