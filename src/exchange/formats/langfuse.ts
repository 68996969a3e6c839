import type { ExportedVersion } from "../../domain/exchanged.ts";
import { LATEST } from "../../domain/names.ts";
import { draftBody } from "../draft-body.ts";
import { isObject } from "../json-values.ts";
import { readLabels } from "../label-list.ts";
import { type Found, readFields } from "../prompt-draft.ts";
import { lossOf, lostLabels } from "./folder-writer.ts";
import type { FormatWriter, Loss } from "./format.ts";
import { fromLangfuseText, langfuseName, toLangfuseText } from "./langfuse-includes.ts";

/** What Langfuse's public API says of a version of a prompt, of which these are read. */
const KNOWN = ["name", "type", "prompt", "version", "config", "labels", "tags", "commitMessage"];
/** What it says that is about its own records. */
const RECORDS = ["id", "projectId", "createdAt", "updatedAt", "createdBy", "isActive", "resolutionGraph"];

/** Whether a value of JSON is a prompt, or a list of them, as Langfuse's API gives them. */
export function isLangfuse(value: unknown): boolean {
  const [first] = listOf(value);
  return (
    isObject(first) &&
    first["prompt"] !== undefined &&
    typeof first["name"] === "string" &&
    typeof first["version"] === "number" &&
    (first["type"] === "text" || first["type"] === "chat" || Array.isArray(first["labels"]))
  );
}

/** One prompt, an array of them, or such an array at `data`: the versions of a prompt need not stand together. */
export function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return isObject(value) && Array.isArray(value["data"]) ? value["data"] : [value];
}

/** The version that one element of the list is. */
export function readLangfusePrompt(value: unknown, line: number): Found {
  if (!isObject(value))
    return { line, message: 'A prompt is an object such as {"name": "…", "prompt": "…"}.' };
  const told = value["name"];
  const name = typeof told === "string" ? langfuseName(told) : undefined;
  if (name === undefined) return { line, message: "The prompt has no name." };
  const flaw = (message: string) => ({ line, message, name });
  const { type = "text", prompt, config } = value;
  const body = draftBody(
    type === "chat" ? { messages: messagesIn(prompt), config } : { content: textIn(prompt), config },
  );
  if ("message" in body) return flaw(body.message);
  const read = readFields({ tags: value["tags"], change_note: value["commitMessage"] });
  if ("message" in read) return flaw(read.message);
  const version = value["version"];
  const isVersion = typeof version === "number" && Number.isSafeInteger(version) && version > 0;
  const { labels, refused } = readLabels(Array.isArray(value["labels"]) ? value["labels"] : []);
  const { name: _, ...fields } = read.fields;
  return {
    line,
    draft: {
      name: { value: name, derived: false },
      ...fields,
      ...(isVersion && { version, labels, tags: fields.tags ?? [], config: {} }),
      ...body,
    },
    ignored: [
      ...Object.keys(value).filter(
        (key) => !KNOWN.includes(key) && !RECORDS.includes(key) && !isEmpty(value[key]),
      ),
      ...refused,
    ],
  };
}

/** A message may say its type, and a placeholder does; what is neither is left for the reader of messages to refuse. */
function messagesIn(prompt: unknown): unknown {
  if (!Array.isArray(prompt)) return [];
  return prompt.map((entry: unknown) => {
    if (!isObject(entry)) return entry;
    return entry["type"] === "placeholder"
      ? { placeholder: entry["name"] }
      : { role: entry["role"], content: textIn(entry["content"]) };
  });
}

/** What is no text is left for the reader of bodies to refuse. */
function textIn(told: unknown): unknown {
  return typeof told === "string" ? fromLangfuseText(told) : told;
}

function isEmpty(value: unknown): boolean {
  return value === null || (isObject(value) && Object.keys(value).length === 0);
}

export const langfuseWriter: FormatWriter = {
  layout: "file",
  holdsHistory: true,
  isWhole: false,
  mediaType: "application/json",
  write(versions, { isFirst, isLast }) {
    const objects = versions.map((version, index) => {
      const separator = isFirst && index === 0 ? "" : ",";
      return `${separator}\n  ${JSON.stringify(objectOf(version))}`;
    });
    return {
      files: [
        { path: "prompts.json", text: `${isFirst ? "[" : ""}${objects.join("")}${isLast ? "\n]\n" : ""}` },
      ],
      losses: versions.flatMap((version) => [
        ...lossOf(version, "title"),
        ...lossOf(version, "description"),
        ...lossOf(version, "input_schema"),
        ...lostLabels(version),
        ...respelled(version),
      ]),
    };
  },
};

/** Of a prompt whose includes are read again in other letters: `{{>tone}}` as `{{> tone@latest}}`. */
function respelled({ name, content, messages }: ExportedVersion): Loss[] {
  const texts = messages?.flatMap((entry) => ("role" in entry ? [entry.content] : [])) ?? [content];
  const isSame = texts.every((text) => fromLangfuseText(toLangfuseText(text)) === text);
  return isSame ? [] : [{ kind: "includes", name }];
}

function objectOf(version: ExportedVersion) {
  const { name, number, labels, isLatest, tags, content, messages, config, change_note } = version;
  return {
    name,
    version: number,
    type: messages === undefined ? "text" : "chat",
    prompt:
      messages?.map((entry) =>
        "role" in entry
          ? { ...entry, content: toLangfuseText(entry.content) }
          : { type: "placeholder", name: entry.placeholder },
      ) ?? toLangfuseText(content),
    config,
    labels: [...labels, ...(isLatest ? [LATEST] : [])].sort(),
    tags,
    commitMessage: change_note === "" ? null : change_note,
  };
}
