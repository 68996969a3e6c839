import { join } from "node:path";
import { defineConfig } from "vitest/config";

/** The tests that have to notice a planted leak; `run.ts` adds the leaks. */
export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    setupFiles: [join(import.meta.dirname, "setup.ts")],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 1,
    bail: 1,
  },
});
