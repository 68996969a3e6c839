import { join } from "node:path";
import { createVitest, type Reporter, type TestModule, type TestSpecification } from "vitest/node";
import { type Leak, STORES, withSwitches } from "./leaks.ts";

/** Where a leak is looked for, the most likely first: what one round does not notice is given to the next. */
const ROUNDS = [
  ["test/isolation/storage.test.ts"],
  ["test/isolation/isolation.test.ts", "test/storage/sqlite.test.ts", "test/search/sqlite-vec.test.ts"],
];

/** What a run of tests came to. */
interface Outcome {
  /** The first test that failed. */
  failure?: string;
  reason?: string | undefined;
  /** What failed outside of any test: it says nothing about the leak. */
  broken?: string;
}

/** One vitest for many runs: its modules are transformed once, and a leak costs the tests up to the first that fails. */
export async function openLane() {
  let outcome: Outcome = {};
  const reporter: Reporter = {
    onTestCaseResult(test) {
      const { state, errors } = test.result();
      if (state !== "failed") return;
      outcome.failure ??= `${test.module.relativeModuleId}: ${test.fullName}`;
      outcome.reason ??= errors?.[0]?.message;
    },
    onTestRunEnd(modules, errors) {
      const broken = modules.flatMap((module: TestModule) => module.errors())[0] ?? errors[0];
      if (broken !== undefined) outcome.broken ??= broken.message;
    },
  };
  const vitest = await createVitest(
    "test",
    {
      root: join(import.meta.dirname, "../.."),
      config: join(import.meta.dirname, "vitest.config.ts"),
      watch: false,
      reporters: [reporter],
    },
    { plugins: [{ name: "planted-leaks", enforce: "pre", transform: plant }] },
  );
  const rounds = await Promise.all(ROUNDS.map((files) => vitest.globTestSpecifications(files)));

  async function firstFailure(
    tests: readonly TestSpecification[],
    leak?: string,
  ): Promise<string | undefined> {
    outcome = {};
    vitest.provide("plantedLeak", leak);
    vitest.state.clearErrors();
    await vitest.runTestSpecifications([...tests]);
    if (outcome.failure === undefined && outcome.broken !== undefined) throw new Error(outcome.broken);
    return outcome.failure;
  }

  return {
    /** Tests that fail by themselves would notice everything. */
    async assertGreen(): Promise<void> {
      const failure = await firstFailure(rounds.flat());
      if (failure !== undefined) {
        throw new Error(`The tests fail without any leak: ${failure}: ${outcome.reason}`);
      }
    },
    /** The first test that notices a leak. */
    async killerOf({ id }: Leak): Promise<string | undefined> {
      for (const tests of rounds) {
        const failure = await firstFailure(tests, id);
        if (failure !== undefined) return failure;
      }
      return undefined;
    },
    close: () => vitest.close(),
  };
}

function plant(text: string, path: string): string | undefined {
  return path.startsWith(STORES) && path.endsWith(".ts") ? withSwitches(path, text) : undefined;
}
