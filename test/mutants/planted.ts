import fc from "fast-check";
import { afterEach, beforeAll, beforeEach, describe, inject, vi } from "vitest";
import { onReach, plant } from "./switches.ts";

// What is noticed is noticed again.
fc.configureGlobal({ seed: 1 });

/** A suite for each trial, which ends with the first test that fails. */
for (const { leak, contracts, only } of inject("trials")) {
  describe(leak, async () => {
    let noticed = false;
    beforeAll(() => plant(leak));
    beforeEach(({ task, skip }) => {
      skip(noticed || only?.includes(nameOf(task)) === false);
      const reached = new Set<string>();
      onReach((leak) => {
        reached.add(leak);
        task.meta.reached = [...reached];
      });
    });
    afterEach(({ task }) => {
      noticed ||= task.result?.state === "fail";
    });

    // Some conditions are built when a module is loaded: each leak has modules of its own.
    plant(leak);
    vi.resetModules();
    const { CONTRACTS } = await import("./contracts.ts");
    for (const name of contracts) describe(name, CONTRACTS[name]);
  });
}

interface Named {
  readonly name: string;
  readonly suite?: Named | undefined;
}

/** Without that of the leak. */
function nameOf({ name, suite }: Named): string {
  return suite?.suite === undefined ? name : `${nameOf(suite)} > ${name}`;
}
