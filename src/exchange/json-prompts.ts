import { draftBody } from "./draft-body.ts";
import { isLangfuse, readLangfusePrompt } from "./formats/langfuse.ts";
import { type JsonLayout, layoutOf } from "./json-layout.ts";
import { parseJson } from "./json-syntax.ts";
import { isObject } from "./json-values.ts";
import { readLabels } from "./label-list.ts";
import { derivedName, type Found, readFields } from "./prompt-draft.ts";

const NOT_AN_OBJECT = 'A prompt is an object such as {"title": "…", "content": "…"}.';
const REPEATED_KEY = "A key stands here twice in one object; keep one of them.";

/**
 * The prompts of a JSON file: one object, an array of objects, or such an array at `prompts` or `data`. Langfuse's are known
 * by what they say; with `asLangfuse` all are taken for such.
 */
export function* readJsonPrompts(text: string, asLangfuse = false): Generator<Found> {
  const parsed = parseJson(text);
  if ("message" in parsed) return yield parsed;
  const { value } = parsed;
  const layout = layoutOf(text);
  const outside = layout.repeatedKeys.find(({ element }) => element === undefined);
  if (outside !== undefined) return yield { line: outside.line, message: REPEATED_KEY };

  const ofLangfuse = asLangfuse || isLangfuse(listIn(value)?.[0] ?? value);
  const read = ofLangfuse ? readLangfusePrompt : readObject;
  const list = listIn(value);
  if (list === undefined) return yield read(value, layout.line);
  if (list.length === 0) return yield { line: layout.line, message: "There are no prompts in this file." };
  const repeated = linesByElement(layout);
  const found = list.map((element, index) => {
    const line = repeated.get(index);
    return line === undefined
      ? read(element, layout.elements[index] ?? layout.line)
      : { line, message: REPEATED_KEY };
  });
  yield* ofLangfuse ? together(found) : found;
}

/** The prompt on one line of JSON Lines. */
export function readJsonLine(text: string, line: number): Found {
  const parsed = parseJson(text);
  if ("message" in parsed) return { line, message: parsed.message };
  if (layoutOf(text).repeatedKeys.length > 0) return { line, message: REPEATED_KEY };
  return readObject(parsed.value, line);
}

/** The versions of a prompt one after the other, where the first of them stood. */
function together(found: readonly Found[]): Found[] {
  return [...Map.groupBy(found, (one, index) => nameOf(one) ?? index).values()].flat();
}

function nameOf(found: Found): string | undefined {
  return "draft" in found ? found.draft.name.value : found.name;
}

function listIn(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (!isObject(value)) return undefined;
  return [value["prompts"], value["data"]].find((list) => Array.isArray(list));
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
  const history = historyOf(value);
  const read = readFields(withTitle(value), [
    ...["act", "content", "prompt", "messages", "input_schema", "config"],
    ...(history === undefined ? [] : ["version", "labels"]),
  ]);
  const name = "fields" in read ? read.fields.name : undefined;
  const flaw = (message: string) => ({ line, message, name });
  if ("message" in read) return flaw(read.message);
  const body = draftBody({ ...value, content: value["content"] ?? value["prompt"] });
  if ("message" in body) return flaw(body.message);
  const { name: _, ...fields } = read.fields;
  return {
    line,
    draft: {
      name: name === undefined ? derivedName(fields.title, body.content) : { value: name, derived: false },
      ...fields,
      // A version says all of itself: what it does not say is not there.
      ...(history !== undefined && {
        version: history.version,
        labels: history.labels,
        description: fields.description ?? "",
        tags: fields.tags ?? [],
        input_schema: null,
        config: {},
      }),
      ...body,
    },
    ignored: [...read.ignored, ...(history?.refused ?? [])],
  };
}

/** The number of a version and the labels that point to it; a `version` that is no number is somebody else's. */
function historyOf(value: Readonly<Record<string, unknown>>) {
  const { version, labels, name } = value;
  if (typeof version !== "number" || !Number.isSafeInteger(version) || version < 1) return undefined;
  if (typeof name !== "string") return undefined;
  return { version, ...readLabels(Array.isArray(labels) ? labels : []) };
}

/** The public prompts.chat collection calls its titles `act`. */
function withTitle(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { title, act } = value;
  return typeof act === "string" && (title === undefined || title === null)
    ? { ...value, title: act }
    : value;
}
