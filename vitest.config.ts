import { defineConfig } from "vitest/config";

const inCi = process.env["CI"] === "true";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Real processes, databases and models: generous against a busy machine, and nothing asserts a time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    maxWorkers: 2,
    reporters: inCi ? ["default", "json"] : ["default"],
    outputFile: { json: "test-results/vitest.json" },
  },
});
