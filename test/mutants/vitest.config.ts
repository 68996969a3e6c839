import { defineConfig } from "vitest/config";

/** `planted.ts` is one test file, run by each lane with leaks of its own; `lane.ts` adds the switches. */
export default defineConfig({
  test: {
    include: ["test/mutants/planted.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 1,
    // Its key does not tell what the switches look like.
    fsModuleCache: false,
  },
});
