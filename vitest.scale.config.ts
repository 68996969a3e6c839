import { defineConfig } from "vitest/config";

/** What takes minutes: `npm run test:scale`. */
export default defineConfig({
  test: { include: ["test/**/*.scale.ts"], testTimeout: 600_000, hookTimeout: 600_000, pool: "forks" },
});
