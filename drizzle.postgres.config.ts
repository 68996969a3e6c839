import { defineConfig } from "drizzle-kit";

/** For `npm run migrations:postgres`, after a change of the schema. */
export default defineConfig({
  dialect: "postgresql",
  schema: "./src/storage/postgres/schema.ts",
  out: "./src/storage/postgres/migrations",
});
