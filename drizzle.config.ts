import { defineConfig } from "drizzle-kit";

/** For `npm run migrations`, after a change of the schema. It cannot write STRICT: add that to new tables by hand (a test asks for it). */
export default defineConfig({
  dialect: "sqlite",
  schema: "./src/storage/sql/schema.ts",
  out: "./src/storage/sqlite/migrations",
});
