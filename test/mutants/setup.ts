import { type SQL, sql } from "drizzle-orm";
import { inject } from "vitest";

/** What the switches that `withSwitches` writes do: nothing, but for the one leak of this run. */
const planted = inject("plantedLeak");

Object.assign(globalThis, {
  plantedLeak: (id: string) =>
    id === planted
      ? {
          planted: true,
          condition: (condition: SQL) => sql`(${condition} or true)`,
          sql: (text: string) => sql.raw(text),
          text: (text: string) => text,
        }
      : { planted: false, condition: (condition: SQL) => condition, sql: () => sql.empty(), text: () => "" },
});

declare module "vitest" {
  interface ProvidedContext {
    plantedLeak: string | undefined;
  }
}
