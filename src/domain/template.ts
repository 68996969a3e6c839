import { z } from "zod";
import { AppError } from "./errors.ts";

/**
 * Templates are text with `{{placeholders}}`. Rendering is one left-to-right pass that puts
 * values in as they are: a value is never scanned again, nothing is evaluated, nothing loops,
 * and text that is not a placeholder stays as it was written.
 */
const PLACEHOLDER = /\{\{\s*([A-Za-z_][A-Za-z0-9_-]{0,63})\s*\}\}/g;

/** Names that JavaScript objects answer to by themselves are plain text, never arguments. */
const RESERVED = new Set(["__proto__", "constructor", "prototype"]);

/** 2 MiB: a rendered prompt larger than this is a mistake, not a prompt. */
export const MAX_RENDERED_BYTES = 2 * 1024 * 1024;

export const argumentSchema = z.object({
  name: z.string().describe("Name as it stands between the braces"),
  type: z.literal("string").describe("Type of the value"),
  required: z.boolean().describe("Whether rendering needs a value for it"),
});
export type PromptArgument = z.infer<typeof argumentSchema>;

/** The arguments of a template in the order of their first use. */
export function findArguments(content: string): PromptArgument[] {
  const names = new Set<string>();
  for (const [, name] of content.matchAll(PLACEHOLDER)) {
    if (name !== undefined && !RESERVED.has(name)) names.add(name);
  }
  return [...names].map((name) => ({ name, type: "string", required: true }));
}

/**
 * Fills a template. Throws `invalid_input` that names every missing and every unknown argument,
 * and `too_large` when the result passes MAX_RENDERED_BYTES.
 */
export function render(content: string, values: Readonly<Record<string, string>>): string {
  const wanted = findArguments(content).map((argument) => argument.name);
  const missing = wanted.filter((name) => !Object.hasOwn(values, name));
  const unknown = Object.keys(values).filter((name) => !wanted.includes(name));
  if (missing.length > 0 || unknown.length > 0) {
    throw new AppError("invalid_input", argumentProblem(missing, unknown, wanted), {
      missing,
      unknown,
      arguments: wanted,
    });
  }
  const rendered = content.replace(PLACEHOLDER, (text, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : text,
  );
  if (Buffer.byteLength(rendered) > MAX_RENDERED_BYTES) {
    throw new AppError(
      "too_large",
      `The rendered prompt is larger than ${MAX_RENDERED_BYTES} bytes; shorten the arguments.`,
    );
  }
  return rendered;
}

function argumentProblem(missing: string[], unknown: string[], wanted: string[]): string {
  const parts: string[] = [];
  if (missing.length > 0)
    parts.push(`Missing argument${missing.length > 1 ? "s" : ""}: ${missing.join(", ")}.`);
  if (unknown.length > 0) {
    parts.push(
      `Not ${unknown.length > 1 ? "arguments" : "an argument"} of this prompt: ${unknown.map((name) => name.slice(0, 64)).join(", ")}.`,
    );
  }
  parts.push(wanted.length > 0 ? `It takes: ${wanted.join(", ")}.` : "It takes no arguments.");
  return parts.join(" ");
}
