import { stringify } from "csv-stringify/sync";
import type { z } from "zod";
import type { ownedKeySchema } from "./api-key.ts";
import type { memberEntrySchema } from "./member.ts";

const COLUMNS = [
  "kind",
  "username",
  "role",
  "joined_at",
  "key_id",
  "key_name",
  "prefix",
  "scopes",
  "agent",
  "made_by",
  "created_at",
  "expires_at",
  "last_used_at",
  "old_secret_until",
];

/**
 * Members and keys as one table [RFC 4180]. A cell that a spreadsheet would take for a formula is made text: names are
 * chosen by those who are reviewed.
 */
export function accessReviewCsv(
  members: readonly z.infer<typeof memberEntrySchema>[],
  keys: readonly z.infer<typeof ownedKeySchema>[],
): string {
  const rows = [
    ...members.map(({ username, role, joined_at }) => ({ kind: "member", username, role, joined_at })),
    ...keys.map(({ id, name, scopes, agent, ...key }) => ({
      ...key,
      kind: "key",
      key_id: id,
      key_name: name,
      scopes: scopes?.join(" ") ?? "",
      agent: agent ? "yes" : "no",
    })),
  ];
  return stringify(rows, { header: true, columns: COLUMNS, escape_formulas: true, record_delimiter: "\r\n" });
}
