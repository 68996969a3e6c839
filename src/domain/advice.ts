import { z } from "zod";

/** Where in a text: UTF-16 offsets, and line and column from 1 for people. */
const positionSchema = z.object({ start: z.int(), end: z.int(), line: z.int(), column: z.int() });
export type Position = z.infer<typeof positionSchema>;

export const ADVICE_CODES = [
  "near_duplicate",
  "likely_secret",
  "invisible_characters",
  "bidirectional_characters",
  "injection_phrase",
  "include_problem",
  "movable_include",
  "unclosed_section",
  "unused_argument",
  "undeclared_argument",
  "in_use",
] as const;

/** Said of what was saved: never a reason to refuse it, and no protection. */
export const adviceSchema = z.object({
  code: z.enum(ADVICE_CODES),
  message: z.string(),
  names: z.array(z.string()).optional().describe("Prompts or arguments that are meant"),
  positions: z.array(positionSchema).optional().describe("Where in the content; the first twenty"),
});
export type Advice = z.infer<typeof adviceSchema>;

/** As many places as one piece of advice names. */
const MAX_POSITIONS = 20;

/** One piece of advice for all spans of a kind; none for none. */
export function adviceFor(
  code: Advice["code"],
  content: string,
  spans: readonly { readonly start: number; readonly end: number }[],
  say: (count: number) => string,
): Advice[] {
  if (spans.length === 0) return [];
  const positions = spans.slice(0, MAX_POSITIONS).map((span) => positionOf(content, span));
  return [{ code, message: say(spans.length), positions }];
}

function positionOf(content: string, { start, end }: { readonly start: number; readonly end: number }) {
  const before = content.slice(0, start);
  const lineStart = before.lastIndexOf("\n") + 1;
  return { start, end, line: before.split("\n").length, column: start - lineStart + 1 };
}
