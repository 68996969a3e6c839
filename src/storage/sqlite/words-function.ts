import type { SqliteConnection } from "./connection.ts";
import { indexedText } from "./word-query.ts";

/** Lets a migration make the full-text index in SQL: `words_of(tenant_id, text)` is the text as the index is given it. */
export function addWordsFunction(client: SqliteConnection["client"]): void {
  client.function("words_of", { deterministic: true }, (tenantId: unknown, text: unknown) =>
    typeof tenantId === "string" && typeof text === "string" ? indexedText(tenantId, text) : "",
  );
}
