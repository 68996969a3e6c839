import { integer, text } from "drizzle-orm/sqlite-core";
import type { PromptArgument } from "../../../domain/prompt-arguments.ts";

/** Milliseconds since 1970. */
export const time = (column: string) => integer(column, { mode: "timestamp_ms" });
export const tags = () => text("tags", { mode: "json" }).$type<readonly string[]>().notNull();
export const promptArguments = () =>
  text("arguments", { mode: "json" }).$type<readonly PromptArgument[]>().notNull();
