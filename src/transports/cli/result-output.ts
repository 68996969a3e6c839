import type { Operation } from "../../operations/define-operation.ts";
import { type Io, printJson } from "./io.ts";
import { cellOf, tableOf } from "./result-table.ts";
import { printable } from "./terminal-text.ts";

type Result = Readonly<Record<string, unknown>>;

/** What is said of a prompt beside its text. */
const PROMPT_FACTS = [
  "id",
  "name",
  "title",
  "description",
  "version",
  "latest_version",
  "tags",
  "arguments",
  "change_note",
  "updated_at",
  "archived_at",
];

/**
 * An operation's result by its shape: items as a table; a prompt that was read as its bare text, so that
 * `promptforge get x > file` keeps it as it is, with the facts on standard error; anything else as facts.
 */
export function printResult(io: Io, operation: Operation, result: Result, json: boolean): void {
  if (json) {
    printJson(io, result);
    return;
  }
  const items = result["items"];
  const text = result["content"] ?? result["text"];
  if (Array.isArray(items)) printItems(io, items);
  else if (typeof text === "string") {
    const facts = factsOf(result, PROMPT_FACTS);
    if (operation.effects.readOnly) {
      io.stderr.write(`${facts}\n\n`);
      printText(io, text);
    } else io.stdout.write(`${facts}\n`);
  } else io.stdout.write(`${factsOf(result, Object.keys(result))}\n`);
  for (const notice of noticesOf(result)) io.stderr.write(`${notice}\n`);
}

function printItems(io: Io, items: readonly Result[]): void {
  if (items.length === 0) io.stderr.write("Nothing found.\n");
  else io.stdout.write(`${tableOf(items, io.stdout.isTTY ? io.stdout.columns : undefined)}\n`);
}

/** Exactly the text, except on a terminal: nothing in it may drive that, and the prompt of the shell stands on its own line. */
function printText(io: Io, text: string): void {
  if (io.stdout.isTTY) io.stdout.write(`${printable(text).replace(/\n$/, "")}\n`);
  else io.stdout.write(text);
}

function factsOf(result: Result, names: readonly string[]): string {
  return names
    .map((name) => ({ name, value: cellOf(result[name]) }))
    .filter(({ value }) => value !== "")
    .map(({ name, value }) => `${name.replaceAll("_", " ")}: ${value}`)
    .join("\n");
}

function noticesOf(result: Result): string[] {
  const { next_cursor: cursor, pending, degraded, secret } = result;
  return [
    typeof cursor === "string" && `There are more: repeat the command with --cursor ${cursor}`,
    degraded === true &&
      "Meaning could not be used just now: found by words only. `promptforge doctor` tells why.",
    typeof pending === "number" && pending > 0 && pendingNotice(pending),
    typeof secret === "string" && "Keep the secret now: it cannot be shown again.",
  ].filter((notice) => typeof notice === "string");
}

/** What to do about prompts that the search index has not heard of yet. */
export function pendingNotice(pending: number): string {
  const prompts = pending === 1 ? "1 prompt is" : `${pending} prompts are`;
  return (
    `${prompts} not yet found by meaning, only by words. That catches up while \`promptforge serve\` or ` +
    "`promptforge stdio` runs."
  );
}
