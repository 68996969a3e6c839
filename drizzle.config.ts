import { defineConfig } from "drizzle-kit";

/** For `npm run migrations`, after a change of the schema. New tables: add STRICT to the file by hand (see CONTRIBUTING.md). */
export default defineConfig({
  dialect: "sqlite",
  schema: "./src/storage/sqlite/schema.ts",
  out: "./src/storage/sqlite/migrations",
});
