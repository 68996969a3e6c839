import { join } from "node:path";
import { createVitest, type Reporter, type TestCase, type TestModule, type TestSuite } from "vitest/node";
import { layerPath, withSwitches } from "./leaks.ts";
import type { Trial } from "./trials.ts";

/** A test that was run, by what it is called within its leak. */
export interface Outcome {
  readonly leak: string;
  readonly test: string;
  /** Leaks whose conditions it asked for. */
  readonly reached: readonly string[];
  /** Why it failed, where it did. */
  readonly failure: string | undefined;
}

/** What fails because a machine is slow, or a statement is none any more, has noticed nothing. */
const NO_NOTICE = /^Test timed out|syntax error/;

export type Lane = Awaited<ReturnType<typeof openLane>>;

/** One vitest, whose modules are transformed once for many trials. */
export async function openLane() {
  let outcomes: Outcome[] = [];
  let broken: string | undefined;
  const reporter: Reporter = {
    onTestCaseResult(test) {
      const { state, errors } = test.result();
      if (state === "skipped") return;
      const failure = state === "failed" ? (errors?.[0]?.message ?? "no reason") : undefined;
      if (failure !== undefined && NO_NOTICE.test(failure)) broken ??= `${test.fullName}: ${failure}`;
      const { reached = [] } = test.meta();
      outcomes.push({ ...placeOf(test), reached, failure });
    },
    onTestRunEnd(modules, errors) {
      const outside = modules.flatMap((module: TestModule) => module.errors())[0] ?? errors[0];
      broken ??= outside?.message;
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
    { plugins: [{ name: "planted-leaks", enforce: "pre", transform: addSwitches }] },
  );
  const tests = await vitest.globTestSpecifications();

  return {
    /** Throws when something fails outside of the tests, which says nothing about a leak. */
    async run(trials: readonly Trial[]): Promise<readonly Outcome[]> {
      outcomes = [];
      broken = undefined;
      vitest.provide("trials", trials);
      vitest.state.clearErrors();
      await vitest.runTestSpecifications(tests);
      if (broken !== undefined) throw new Error(broken);
      return outcomes;
    },
    close: () => vitest.close(),
  };
}

/** The outermost suite is called after the leak. */
function placeOf(test: TestCase): Pick<Outcome, "leak" | "test"> {
  const names = [test.name];
  let around: TestCase["parent"] | TestSuite["parent"] = test.parent;
  while (around.type === "suite") {
    names.unshift(around.name);
    around = around.parent;
  }
  const [leak = "", ...rest] = names;
  return { leak, test: rest.join(" > ") };
}

function addSwitches(text: string, path: string): string | undefined {
  const file = layerPath(path);
  return file === undefined ? undefined : withSwitches(file, text);
}
