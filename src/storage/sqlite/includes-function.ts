import { AppError } from "../../domain/errors.ts";
import { includesOf, mayInclude, type PromptBody } from "../../domain/prompt-body.ts";
import type { SqliteConnection } from "./connection.ts";

/** Lets a migration ask in SQL what a version includes, which no SQL can find: `includes_in(content, messages)` is a JSON array. */
export function addIncludesFunction(client: SqliteConnection["client"]): void {
  client.function("includes_in", { deterministic: true }, (content: unknown, messages: unknown) =>
    typeof content === "string" && mayInclude({ content })
      ? JSON.stringify(includesIn(content, typeof messages === "string" ? JSON.parse(messages) : undefined))
      : "[]",
  );
}

/** None for a version that includes too many: it cannot be put together anyway, which rendering says. */
function includesIn(content: string, messages: PromptBody["messages"]) {
  try {
    return includesOf({ content, messages }).map(({ name, at }) => ({ name, at }));
  } catch (error) {
    if (error instanceof AppError) return [];
    throw error;
  }
}
