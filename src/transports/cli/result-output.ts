import { z } from "zod";
import type { Operation } from "../../operations/define-operation.ts";
import { inCommands } from "./command-words.ts";
import { type Io, printJson, widthOf } from "./io.ts";
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
  "labels",
  "tags",
  "arguments",
  "change_note",
  "updated_at",
  "archived_at",
];

/** Of two versions that were compared: their texts' change is the text. */
const DIFF_FACTS = ["name", "from", "to", "fields"];

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
  const text = result["content"] ?? result["text"] ?? result["unified"];
  if (Array.isArray(items)) printItems(io, items);
  else if (typeof text === "string") {
    const facts = factsOf(result, result["unified"] === undefined ? PROMPT_FACTS : DIFF_FACTS);
    if (operation.effects.readOnly) {
      io.stderr.write(`${facts}\n\n`);
      printText(io, text);
    } else io.stdout.write(`${facts}\n`);
  } else io.stdout.write(`${factsOf(result, Object.keys(result))}\n`);
  for (const notice of noticesOf(result)) io.stderr.write(`${notice}\n`);
}

function printItems(io: Io, items: readonly Result[]): void {
  if (items.length === 0) io.stderr.write("Nothing found.\n");
  else io.stdout.write(`${tableOf(items, widthOf(io.stdout))}\n`);
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
  const { next_cursor: cursor, pending, degraded, secret, code, enabled, items } = result;
  return [
    ...correctionNotices(result["corrections"]),
    ...warningNotices(result["warnings"]),
    nearestNotice(result["closest"]),
    enabled === false &&
      Array.isArray(items) &&
      "Your search history is switched off. `promptforge history set true` switches it on.",
    typeof cursor === "string" && `There are more: repeat the command with --cursor ${cursor}`,
    degraded === true &&
      "Meaning could not be used just now: found by words only. `promptforge doctor` tells why.",
    typeof pending === "number" && pending > 0 && pendingNotice(pending),
    result["same"] === true && "The versions are the same.",
    typeof code === "string" &&
      "Hand the code, or the link, only to the one you mean: it cannot be shown again.",
    typeof secret === "string" && "Keep the secret now: it cannot be shown again.",
  ].filter((notice) => typeof notice === "string");
}

function warningNotices(warnings: unknown): string[] {
  const read = z.array(z.object({ message: z.string() })).safeParse(warnings);
  return (read.data ?? []).map(({ message }) => printable(inCommands(message)));
}

function correctionNotices(corrections: unknown): string[] {
  const read = z.array(z.object({ from: z.string(), to: z.string() })).safeParse(corrections);
  return (read.data ?? []).map(({ from, to }) => printable(`Searched for "${to}" in place of "${from}".`));
}

function nearestNotice(closest: unknown): string | undefined {
  const read = z
    .array(z.object({ name: z.string() }))
    .min(1)
    .safeParse(closest);
  return (
    read.data &&
    printable(`Nothing seems to fit. The nearest: ${read.data.map(({ name }) => name).join(", ")}.`)
  );
}

/** What to do about prompts that the search index has not heard of yet. */
export function pendingNotice(pending: number): string {
  const prompts = pending === 1 ? "1 prompt is" : `${pending} prompts are`;
  return (
    `${prompts} not yet found by meaning, only by words. That catches up while \`promptforge serve\` or ` +
    "`promptforge stdio` runs."
  );
}
