import { type JsonLayout, layoutOf } from "./json-layout.ts";
import { parseJson } from "./json-syntax.ts";
import { contentProblem, derivedName, type Found, readFields } from "./prompt-draft.ts";

const NOT_AN_OBJECT = 'A prompt is an object such as {"title": "…", "content": "…"}.';
const REPEATED_KEY = "A key stands here twice in one object; keep one of them.";

/** The prompts of a JSON file: one object, an array of objects, or such an array at `prompts`. */
export function* readJsonPrompts(text: string): Generator<Found> {
  const parsed = parseJson(text);
  if ("message" in parsed) return yield parsed;
  const { value } = parsed;
  const layout = layoutOf(text);
  const outside = layout.repeatedKeys.find(({ element }) => element === undefined);
  if (outside !== undefined) return yield { line: outside.line, message: REPEATED_KEY };

  const list = listIn(value);
  if (list === undefined) return yield readObject(value, layout.line);
  if (list.length === 0) return yield { line: layout.line, message: "There are no prompts in this file." };
  const repeated = linesByElement(layout);
  for (const [index, element] of list.entries()) {
    const line = repeated.get(index);
    yield line === undefined
      ? readObject(element, layout.elements[index] ?? layout.line)
      : { line, message: REPEATED_KEY };
  }
}

/** The prompt on one line of JSON Lines. */
export function readJsonLine(text: string, line: number): Found {
  const parsed = parseJson(text);
  if ("message" in parsed) return { line, message: parsed.message };
  if (layoutOf(text).repeatedKeys.length > 0) return { line, message: REPEATED_KEY };
  return readObject(parsed.value, line);
}

function listIn(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  return isObject(value) && Array.isArray(value["prompts"]) ? value["prompts"] : undefined;
}

function linesByElement(layout: JsonLayout): ReadonlyMap<number, number> {
  const lines = new Map<number, number>();
  for (const { element, line } of layout.repeatedKeys) {
    if (element !== undefined && !lines.has(element)) lines.set(element, line);
  }
  return lines;
}

function readObject(value: unknown, line: number): Found {
  if (!isObject(value)) return { line, message: NOT_AN_OBJECT };
  const content = value["content"] ?? value["prompt"];
  if (content === undefined || content === null) {
    return { line, message: 'The prompt has no text: give it as "content" (or "prompt").' };
  }
  if (typeof content !== "string") return { line, message: "The prompt's content is not a string." };
  const problem = contentProblem(content);
  if (problem !== undefined) return { line, message: problem };
  const read = readFields(withTitle(value));
  if ("message" in read) return { line, message: read.message };
  const { name, ...fields } = read.fields;
  return {
    line,
    draft: {
      name: name === undefined ? derivedName(fields.title, content) : { value: name, derived: false },
      ...fields,
      content,
    },
  };
}

/** The public prompts.chat collection calls its titles `act`. */
function withTitle(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { title, act } = value;
  return typeof act === "string" && (title === undefined || title === null)
    ? { ...value, title: act }
    : value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
