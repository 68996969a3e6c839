import { z } from "zod";
import { AppError } from "./errors.ts";

/**
 * Templates are text with `{{placeholders}}`. Rendering is one left-to-right pass that puts
 * values in as they are: a value is never scanned again, nothing is evaluated, nothing loops,
 * and text that is not a placeholder stays as it was written.
 */
const PLACEHOLDER = /\{\{\s{0,8}([A-Za-z_][A-Za-z0-9_-]{0,63})\s{0,8}\}\}/g;

/** Names that JavaScript objects answer to by themselves are plain text, never arguments. */
const RESERVED = new Set(["__proto__", "constructor", "prototype"]);

/** More different arguments than this is a data file, not a prompt. */
export const MAX_ARGUMENTS = 100;

/** 2 MiB: a rendered prompt larger than this is a mistake, not a prompt. */
export const MAX_RENDERED_BYTES = 2 * 1024 * 1024;

/** As many names as an error message lists. */
const MAX_LISTED = 20;

export const argumentSchema = z.object({
  name: z.string(),
  type: z.literal("string"),
  required: z.boolean(),
});
export type PromptArgument = z.infer<typeof argumentSchema>;

/** The arguments of a template in the order of their first use. Throws `invalid_input` for more than MAX_ARGUMENTS. */
export function findArguments(content: string): PromptArgument[] {
  const names = new Set<string>();
  for (const [, name] of content.matchAll(PLACEHOLDER)) {
    if (name !== undefined && !RESERVED.has(name)) names.add(name);
    if (names.size > MAX_ARGUMENTS) {
      throw new AppError(
        "invalid_input",
        `The content has more than ${MAX_ARGUMENTS} different {{arguments}}. Use fewer, or split the prompt.`,
        { limit: MAX_ARGUMENTS },
      );
    }
  }
  return [...names].map((name) => ({ name, type: "string", required: true }));
}

/**
 * Fills a template. Throws `invalid_input` that names the missing and the unknown arguments,
 * and `too_large` as soon as the result would pass MAX_RENDERED_BYTES.
 */
export function render(content: string, values: Readonly<Record<string, string>>): string {
  const wanted = new Set(findArguments(content).map((argument) => argument.name));
  const missing = [...wanted].filter((name) => !Object.hasOwn(values, name));
  const unknown = Object.keys(values).filter((name) => !wanted.has(name));
  if (missing.length > 0 || unknown.length > 0) throw argumentProblem(missing, unknown, [...wanted]);

  const pieces: string[] = [];
  let bytes = 0;
  let from = 0;
  const add = (piece: string, size: number) => {
    bytes += size;
    if (bytes > MAX_RENDERED_BYTES) {
      throw new AppError(
        "too_large",
        `The rendered prompt is larger than ${MAX_RENDERED_BYTES} bytes; shorten the arguments.`,
        { limit: MAX_RENDERED_BYTES },
      );
    }
    pieces.push(piece);
  };
  const sizes = new Map([...wanted].map((name) => [name, Buffer.byteLength(values[name] ?? "")]));
  for (const match of content.matchAll(PLACEHOLDER)) {
    const [placeholder, name = ""] = match;
    const value = wanted.has(name) ? values[name] : undefined;
    if (value === undefined) continue;
    const text = content.slice(from, match.index);
    add(text, Buffer.byteLength(text));
    add(value, sizes.get(name) ?? 0);
    from = match.index + placeholder.length;
  }
  const rest = content.slice(from);
  add(rest, Buffer.byteLength(rest));
  return pieces.join("");
}

function argumentProblem(missing: string[], unknown: string[], wanted: string[]): AppError {
  const parts = [
    ...(missing.length > 0 ? [`Missing argument${missing.length > 1 ? "s" : ""}: ${listed(missing)}.`] : []),
    ...(unknown.length > 0
      ? [`Not ${unknown.length > 1 ? "arguments" : "an argument"} of this prompt: ${listed(unknown)}.`]
      : []),
    wanted.length > 0 ? `It takes: ${listed(wanted)}.` : "It takes no arguments.",
  ];
  return new AppError("invalid_input", parts.join(" "), {
    missing: missing.slice(0, MAX_LISTED),
    unknown: unknown.slice(0, MAX_LISTED).map(shortened),
    arguments: wanted,
  });
}

function listed(names: readonly string[]): string {
  const more = names.length > MAX_LISTED ? ` and ${names.length - MAX_LISTED} more` : "";
  return names.slice(0, MAX_LISTED).map(shortened).join(", ") + more;
}

function shortened(name: string): string {
  return name.slice(0, 64).toWellFormed();
}
