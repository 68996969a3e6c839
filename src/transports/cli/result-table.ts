import Table from "cli-table3";
import { clip, columnsOf, oneLine } from "./terminal-text.ts";

type Item = Readonly<Record<string, unknown>>;

interface Layout {
  readonly columns: readonly string[];
  /** The column that gives way when the terminal is narrow. */
  readonly flexible: string;
}

/** Which fields of which items are worth a column; the first layout whose columns the items have is taken. */
const LAYOUTS: readonly Layout[] = [
  { columns: ["name", "title", "version", "score", "why"], flexible: "title" },
  { columns: ["name", "title", "version", "similarity"], flexible: "title" },
  { columns: ["name", "title", "version", "tags", "updated_at"], flexible: "title" },
  { columns: ["number", "title", "author", "change_note", "created_at"], flexible: "change_note" },
  {
    columns: ["number", "kind", "from_version", "to_version", "moved_by", "reason", "moved_at"],
    flexible: "reason",
  },
  { columns: ["number", "at", "operation", "username", "target", "details"], flexible: "details" },
  { columns: ["name", "version", "status", "author", "note", "decisions", "submitted_at"], flexible: "note" },
  { columns: ["name", "outcome", "new_name", "reason"], flexible: "reason" },
  { columns: ["at", "query", "filters", "hits", "opened"], flexible: "query" },
  { columns: ["id", "tenant", "address", "created_at", "last_used_at", "current"], flexible: "tenant" },
  { columns: ["id", "name", "prompts", "versions", "storage_mib", "members"], flexible: "name" },
  { columns: ["username", "role", "joined_at"], flexible: "username" },
  { columns: ["id", "role", "email", "inviter", "expires_at"], flexible: "email" },
  { columns: ["tenant_id", "tenant", "role", "current"], flexible: "tenant" },
  {
    columns: ["id", "username", "name", "prefix", "role", "scopes", "expires_at", "last_used_at"],
    flexible: "name",
  },
  { columns: ["id", "name", "prefix", "role", "scopes", "expires_at", "last_used_at"], flexible: "name" },
];

const GAP = 2;
const LEAST_FLEXIBLE = 12;

/**
 * Items as lines of a table, a passage indented below its item. `width` is that of the terminal in columns;
 * without one (a pipe, a file) nothing is cut.
 */
export function tableOf(items: readonly Item[], width: number | undefined): string {
  const { columns, flexible } = layoutOf(items[0] ?? {});
  const rows = items.map((item) => columns.map((column) => cellOf(item[column])));
  const table = new Table({
    head: columns.map((column) => column.replace(/_at$/, "").replaceAll("_", " ")),
    chars: BORDERLESS,
    style: { head: [], border: [], compact: true, "padding-left": 0, "padding-right": GAP },
    colWidths: widthsOf(columns, rows, flexible, width),
  });
  table.push(...rows);
  const [head = "", ...lines] = table
    .toString()
    .split("\n")
    .map((line) => line.trimEnd());
  const body = lines.flatMap((line, at) => [line, ...passageOf(items[at], width)]);
  return [head.toUpperCase(), ...body].join("\n");
}

function layoutOf(item: Item): Layout {
  const found = LAYOUTS.find(({ columns }) => columns.every((column) => Object.hasOwn(item, column)));
  if (found !== undefined) return found;
  const columns = Object.keys(item);
  return { columns, flexible: columns.at(-1) ?? "" };
}

function widthsOf(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
  flexible: string,
  width: number | undefined,
): (number | null)[] {
  const natural = columns.map(
    (column, at) => GAP + Math.max(column.length, ...rows.map((row) => columnsOf(row[at] ?? ""))),
  );
  const total = natural.reduce((sum, one) => sum + one, 0);
  if (width === undefined || total <= width) return columns.map(() => null);
  return columns.map((column, at) =>
    column === flexible ? Math.max(LEAST_FLEXIBLE, (natural[at] ?? 0) - (total - width)) : null,
  );
}

function passageOf(item: Item | undefined, width: number | undefined): string[] {
  const passage = item?.["passage"];
  if (typeof passage !== "string") return [];
  const text = oneLine(passage);
  return [`    ${width === undefined ? text : clip(text, 2 * width - 8)}`];
}

const TIME = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d):[\d.:]+Z$/;

/** A value as people read it: time to the minute (UTC), names of arguments, three digits of a score, an object's fields. */
export function cellOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : value.toFixed(3);
  if (Array.isArray(value)) return value.map(cellOf).join(", ");
  if (typeof value === "object") {
    if ("name" in value && value.name !== null) return cellOf(value.name);
    if ("decision" in value) return cellOf(value.decision);
    return Object.entries(value)
      .map(([key, part]) => `${key.replaceAll("_", " ")} ${cellOf(part)}`.trimEnd())
      .join(", ");
  }
  return oneLine(String(value)).replace(TIME, "$1 $2Z");
}

const BORDERLESS = {
  top: "",
  "top-mid": "",
  "top-left": "",
  "top-right": "",
  bottom: "",
  "bottom-mid": "",
  "bottom-left": "",
  "bottom-right": "",
  left: "",
  "left-mid": "",
  mid: "",
  "mid-mid": "",
  right: "",
  "right-mid": "",
  middle: "",
};
