import fc from "fast-check";
import { type ChatEntry, chatText } from "../../src/domain/chat.ts";
import type { JsonObject } from "../../src/domain/json-bounds.ts";
import { nameProblem, promptNameSchema } from "../../src/domain/names.ts";
import { bodyArguments } from "../../src/domain/prompt-body.ts";
import { contentProblem } from "../../src/exchange/prompt-draft.ts";

/** A version as a line of JSON Lines says it. */
export interface Line {
  readonly name: string;
  readonly version: number;
  readonly labels: readonly string[];
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly content?: string;
  readonly messages?: readonly ChatEntry[];
  readonly input_schema?: JsonObject;
  readonly config?: JsonObject;
  readonly change_note: string;
}

/** Pieces on which formats, file systems and templates stumble. */
const AWKWARD = [
  "---",
  "\n",
  "\r\n",
  "\r",
  "\n\n",
  " ",
  "\t",
  "\ufeff",
  "\u2028",
  "\u0085",
  "'",
  '"',
  "`",
  ",",
  ";",
  ":",
  ": ",
  " #",
  "#",
  "- ",
  "* ",
  "| ",
  "> ",
  "!",
  "!`ls`",
  "&a",
  "*a",
  "%",
  "@",
  "{",
  "}",
  "{{",
  "}}",
  "{{name}}",
  "{{ name }}",
  "{{other-one}}",
  "{{__proto__}}",
  "{{{x}}}",
  "$1",
  "$0",
  "$ARGUMENTS",
  "$ARGUMENTS[0]",
  "$name",
  "\\$",
  "null",
  "~",
  "true",
  "2024-10-01",
  "1e3",
  "0x1F",
  "=1+1",
  "é",
  "e\u0301",
  "ß",
  "ς",
  "😀",
  "日本",
  "\\",
  "\\n",
  "</b>",
  "//",
  "# Heading\n",
  "title: x\n",
  '{{role "user"}}',
  "{{history}}",
  "{{> nowhere/else}}",
  "{{>some/part@production}}",
  "{{> some/part@2}}",
  "@@@langfusePrompt:name=Some Part|label=production@@@",
  "@@@langfusePrompt:name=some/part|version=2@@@",
  "@@@langfusePrompt:name=x|label=3@@@",
  "{{#name}}",
  "{{/name}}",
];
const text = fc
  .array(fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...AWKWARD) }, fc.string({ maxLength: 8 })), {
    maxLength: 12,
  })
  .map((parts) => parts.join(""));
/** Plain text as titles and descriptions may hold it. */
const line = text.map((given) =>
  given
    .replace(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, "")
    .trim()
    .slice(0, 150)
    .trim(),
);
const lines = text.map((given) => given.replace(/[^\P{Cc}\n\r\t]|\p{Cs}/gu, "").trim());
const content = fc
  .oneof(text, fc.string({ unit: "binary", maxLength: 60 }))
  .filter((given) => contentProblem(given) === undefined);

/** Whether its templates can be read. */
function isBody(content: string, messages?: readonly ChatEntry[]): boolean {
  try {
    bodyArguments({ content, messages, config: {} });
    return contentProblem(content) === undefined;
  } catch {
    return false;
  }
}

const messages: fc.Arbitrary<ChatEntry[]> = fc
  .array(
    fc.oneof(
      fc.record({
        role: fc.constantFrom("system" as const, "user" as const, "assistant" as const),
        content: text,
      }),
      fc.record({ placeholder: fc.constantFrom("history", "earlier") }),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .filter((given) => given.some((entry) => "role" in entry && entry.content.trim() !== ""))
  .filter((given) => isBody(chatText(given), given));

/** A text, or a chat, with what belongs to it. */
const body = fc
  .tuple(
    fc.oneof(
      content.filter((given) => isBody(given)).map((given) => ({ content: given })),
      messages.map((given) => ({ messages: given })),
    ),
    fc.option(
      fc.dictionary(fc.constantFrom("model", "temperature", "stop", "a: b"), fc.jsonValue({ maxDepth: 2 })),
      { nil: undefined },
    ),
    fc.option(
      fc
        .dictionary(
          fc.constantFrom("name", "other-one", "n"),
          fc.constantFrom(
            { type: "integer" },
            { enum: ["yes", "1", "~"] },
            { type: "string", description: "a: b\n# c" },
          ),
        )
        .map((properties) => ({ type: "object", properties, required: Object.keys(properties).slice(0, 1) })),
      { nil: undefined },
    ),
  )
  .map(([said, config, input_schema]) => ({
    ...said,
    ...(config !== undefined && { config: JSON.parse(JSON.stringify(config)) as JsonObject }),
    ...(input_schema !== undefined && { input_schema }),
  }));

const segment = fc.oneof(
  fc.constantFrom(
    "a",
    "b",
    "con",
    "aux.txt",
    "a.md",
    "skill",
    "skill.md",
    "node_modules",
    "ς",
    "σ",
    "ß",
    "ss",
    "日本",
    "a_b",
    "a-b",
    "a.b",
    "v1.2",
  ),
  fc.string({ unit: fc.constantFrom("a", "b", "é", "0", "-", ".", "_"), minLength: 1, maxLength: 70 }),
);
const name = fc
  .array(segment, { minLength: 1, maxLength: 3 })
  .map((segments) => segments.join("/"))
  .filter((given) => nameProblem(given) === undefined && promptNameSchema.safeParse(given).success);

const LABELS = ["production", "staging", "été", "v1"];
const tags = fc
  .uniqueArray(fc.constantFrom("for-devs", "type:json", "type:image", "a b", "x: y", "no", "1.0", "été"), {
    maxLength: 4,
  })
  .map((given) => given.sort());

const history = fc
  .array(
    fc.record({
      title: line.filter((given) => given !== ""),
      description: lines,
      body,
      change_note: line,
      gap: fc.nat(2),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .chain((versions) =>
    fc.record({
      versions: fc.constant(versions),
      tags,
      labels: fc.dictionary(fc.constantFrom(...LABELS), fc.nat(versions.length - 1), { maxKeys: 3 }),
    }),
  );

/** Prompts with histories, tags and labels, as the lines of an export. */
export const libraries: fc.Arbitrary<Line[]> = fc
  .uniqueArray(fc.tuple(name, history), { selector: ([given]) => given, minLength: 1, maxLength: 6 })
  .map((prompts) =>
    prompts.flatMap(([given, { versions, labels, tags: filed }]) => {
      let version = 0;
      return versions.map(({ gap, body: says, ...said }, index) => {
        version += 1 + gap;
        const pointing = Object.keys(labels).filter((label) => labels[label] === index);
        return { name: given, version, labels: pointing, tags: filed, ...said, ...says };
      });
    }),
  );

export function asJsonLines(all: readonly Line[]): { path: string; text: string } {
  return { path: "library.jsonl", text: all.map((one) => `${JSON.stringify(one)}\n`).join("") };
}
