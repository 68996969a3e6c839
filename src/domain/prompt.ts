import { z } from "zod";
import { chatEntrySchema } from "./chat.ts";
import { composed } from "./composed.ts";
import type { InputSchema } from "./input-schema.ts";
import { LATEST } from "./names.ts";
import { LINE, NOT_A_LINE, NOT_TEXT, TEXT } from "./plain-text.ts";
import { argumentSchema, type FoundArgument, type PromptArgument, wholeSchema } from "./prompt-arguments.ts";
import type { PromptBody } from "./prompt-body.ts";

/** A prompt as it stands at its latest version, but for its tags. */
export interface Prompt {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** Of the prompt, whichever of its versions is read: they say where it is filed. */
  readonly tags: readonly string[];
  readonly arguments: readonly PromptArgument[];
  readonly latestVersion: number;
  /** The version that each of its labels points to. */
  readonly labels: Readonly<Record<string, number>>;
  readonly authorId: string;
  /** Username of who made the prompt. */
  readonly author: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly archivedAt: Date | undefined;
}

/** An immutable version: all that a prompt said at one time. */
export interface Version extends PromptBody {
  readonly promptId: string;
  readonly number: number;
  readonly title: string;
  readonly description: string;
  /** Those that the prompt had when the version was made. */
  readonly tags: readonly string[];
  readonly arguments: readonly PromptArgument[];
  /** SHA-256 of the content's UTF-8, in hex. */
  readonly contentHash: string;
  readonly authorId: string;
  readonly author: string;
  readonly changeNote: string;
  readonly createdAt: Date;
}

export const titleSchema = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(LINE, NOT_A_LINE)
  .describe("Title for people");
export const descriptionSchema = z
  .string()
  .trim()
  .max(2000)
  .regex(TEXT, NOT_TEXT)
  .describe("What the prompt is for, in a sentence or two");
export const contentSchema = z
  .string()
  .describe("The prompt's text; {{placeholders}} become arguments; {{> name@label}} includes another");
export const tagSchema = z
  .string()
  .trim()
  .toLowerCase()
  .regex(
    /^[\p{L}\p{N}][\p{L}\p{N}\p{M} ._:-]{0,49}$/u,
    "A tag has 1 to 50 letters, digits, spaces and . _ : -",
  )
  .describe("A tag, such as writing");
/** More tags than this tell nobody where a prompt belongs. */
export const MAX_TAGS = 20;
export const tagsSchema = z
  .array(tagSchema)
  .max(MAX_TAGS)
  .overwrite((tags) => [...new Set(tags)].sort())
  .describe("Tags to find the prompt by");
export const changeNoteSchema = z
  .string()
  .trim()
  .max(500)
  .regex(TEXT, NOT_TEXT)
  .describe("Why this version was made");
/** The path of a folder, without slashes at its ends. */
export const folderPathSchema = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .toLowerCase()
  .overwrite((folder) => withoutOuterSlashes(composed(folder)));
export const folderSchema = folderPathSchema.describe("Folder: only prompts whose name starts with folder/");

/** By hand: a regular expression looks at each slash of a long run anew, and input is not cut before this. */
function withoutOuterSlashes(text: string): string {
  let start = 0;
  let end = text.length;
  while (text[start] === "/") start += 1;
  while (end > start && text[end - 1] === "/") end -= 1;
  return text.slice(start, end);
}

const timestamp = z.iso.datetime();

/** A prompt as lists give it: without its content. */
export const promptSchema = z.object({
  id: z.string(),
  name: z.string(),
  title: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  arguments: z.array(argumentSchema),
  version: z.int(),
  labels: z.record(z.string(), z.int()).describe("The version that each label points to"),
  author: z.string().describe("Who made the prompt"),
  created_at: timestamp,
  updated_at: timestamp,
  archived_at: timestamp.nullable(),
});

const objectSchema = z.record(z.string(), z.unknown());

/** What a version says, as answers give it. */
const bodySchema = {
  type: z.enum(["text", "chat"]),
  content: z.string().describe("Of a chat, its messages as one text"),
  messages: z.array(chatEntrySchema).optional().describe("Of a chat"),
  config: objectSchema.describe("Settings for the model"),
  declared_schema: objectSchema
    .nullable()
    .describe("The input_schema as its author gave it; null: there are only the {{placeholders}}"),
};

/** A prompt with one of its versions. */
export const promptDetailSchema = promptSchema.extend({
  ...bodySchema,
  input_schema: objectSchema.describe("JSON Schema of all arguments, to fill a form or call a tool by"),
  content_hash: z.string().describe("SHA-256 of the content, in hex"),
  change_note: z.string(),
  version_author: z.string().describe("Who made this version"),
  version_created_at: timestamp,
  latest_version: z.int().describe("Number of the newest version"),
});

export const versionSchema = z.object({
  number: z.int(),
  labels: z.array(z.string()).describe("Labels that point to it"),
  title: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  ...bodySchema,
  arguments: z.array(argumentSchema),
  content_hash: z.string().describe("SHA-256 of the content, in hex"),
  author: z.string(),
  change_note: z.string(),
  created_at: timestamp,
});

export const promptListItemSchema = promptSchema.extend({
  content: z.string().optional().describe("Only with include_content"),
});

export type PromptView = z.infer<typeof promptSchema>;
export type PromptDetailView = z.infer<typeof promptDetailSchema>;
export type VersionView = z.infer<typeof versionSchema>;

export function promptView(prompt: Prompt): PromptView {
  return {
    id: prompt.id,
    name: prompt.name,
    title: prompt.title,
    description: prompt.description,
    tags: [...prompt.tags],
    arguments: [...prompt.arguments],
    version: prompt.latestVersion,
    labels: { ...prompt.labels },
    author: prompt.author,
    created_at: prompt.createdAt.toISOString(),
    updated_at: prompt.updatedAt.toISOString(),
    archived_at: prompt.archivedAt?.toISOString() ?? null,
  };
}

/** The version that a label of a prompt points to, `latest` included; `undefined` where there is no such label. */
export function versionAt(
  { labels, latestVersion }: Pick<Prompt, "labels" | "latestVersion">,
  label: string,
): number | undefined {
  if (label === LATEST) return latestVersion;
  return Object.hasOwn(labels, label) ? labels[label] : undefined;
}

/** A prompt as it was at one of its versions, filed as it is now. */
export function promptViewAt(prompt: Prompt, version: Version): PromptView {
  return {
    ...promptView(prompt),
    title: version.title,
    description: version.description,
    arguments: [...version.arguments],
    version: version.number,
  };
}

function bodyView({ content, messages, config, inputSchema }: Version) {
  return {
    type: messages === undefined ? ("text" as const) : ("chat" as const),
    content,
    ...(messages !== undefined && { messages: [...messages] }),
    config: { ...config },
    declared_schema: inputSchema === undefined ? null : { ...inputSchema },
  };
}

/** The whole schema of a version, made from what was found when it was stored: its templates are not read again. */
export function schemaOf({
  inputSchema,
  arguments: args,
}: Pick<Version, "inputSchema" | "arguments">): InputSchema {
  return wholeSchema(
    inputSchema,
    args.map(({ name, required, type }): FoundArgument => ({ name, required, type: foundType(type) })),
  );
}

/** Of an argument that nobody declared. Only a list of messages is an array then. */
function foundType(type: PromptArgument["type"]): FoundArgument["type"] {
  if (type === "array") return "messages";
  return type === "string" || type === "object" ? type : "any";
}

export function promptDetailView(prompt: Prompt, version: Version): PromptDetailView {
  return {
    ...promptViewAt(prompt, version),
    ...bodyView(version),
    input_schema: schemaOf(version),
    content_hash: version.contentHash,
    change_note: version.changeNote,
    version_author: version.author,
    version_created_at: version.createdAt.toISOString(),
    latest_version: prompt.latestVersion,
  };
}

export function versionView(version: Version, labels: Prompt["labels"]): VersionView {
  return {
    number: version.number,
    labels: Object.keys(labels).filter((label) => labels[label] === version.number),
    title: version.title,
    description: version.description,
    tags: [...version.tags],
    ...bodyView(version),
    arguments: [...version.arguments],
    content_hash: version.contentHash,
    author: version.author,
    change_note: version.changeNote,
    created_at: version.createdAt.toISOString(),
  };
}
