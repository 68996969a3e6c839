import { type ChatEntry, chatText, checkChat } from "./chat.ts";
import { AppError } from "./errors.ts";
import { type Include, includeText } from "./include.ts";
import { type InputSchema, MAX_ARGUMENTS, tooManyArguments } from "./input-schema.ts";
import type { ModelConfig } from "./model-config.ts";
import { argumentsOf, type FoundArgument, type PromptArgument, wholeSchema } from "./prompt-arguments.ts";
import { findTags } from "./template/tags.ts";
import { variablesOf } from "./template/variables.ts";

/** 256 KiB of UTF-8: the largest content of one version. */
export const MAX_CONTENT_BYTES = 256 * 1024;

/** What a version says: a text or a chat, the arguments that it takes, and the settings that it is meant for. */
export interface PromptBody {
  /** Of a chat, what its messages are as one text. */
  readonly content: string;
  readonly messages?: readonly ChatEntry[] | undefined;
  /** As its author declared it. */
  readonly inputSchema?: InputSchema | undefined;
  readonly config: ModelConfig;
}

/** A body as callers give it: a content or messages. */
export interface GivenBody extends Omit<PromptBody, "content" | "config"> {
  readonly content?: string | undefined;
  readonly config?: ModelConfig | undefined;
}

/** Throws `invalid_input` or `too_large` when it is neither a content nor messages, or cannot be stored. */
export function readBody({ content, messages, inputSchema, config = {} }: GivenBody): PromptBody {
  if ((content === undefined) === (messages === undefined)) {
    throw new AppError("invalid_input", "Give either content, for a text, or messages, for a chat.");
  }
  if (messages !== undefined) checkChat(messages);
  const body = { content: content ?? chatText(messages ?? []), messages, inputSchema, config };
  checkContent(body.content);
  return body;
}

/** The templates of a body: its content, or those of its messages. */
export function templatesOf({ content, messages }: Pick<PromptBody, "content" | "messages">): string[] {
  if (messages === undefined) return [content];
  return messages.flatMap((entry) => ("role" in entry ? [entry.content] : []));
}

/** Whether there may be an include in a body; a quick look, for those who read it often. */
export function mayInclude({ content }: Pick<PromptBody, "content">): boolean {
  return /\{\{\s{0,8}>/.test(content);
}

/** More includes than this in one prompt are a library, not a prompt. */
const MAX_INCLUDES = 50;

/** An include, and whether it stands outside of every section somewhere: then it is always there. */
export interface FoundInclude extends Include {
  readonly always: boolean;
}

/** What its templates include, each once, in the order of its first use. Throws `invalid_input` for more than MAX_INCLUDES. */
export function includesOf(body: Pick<PromptBody, "content" | "messages">): FoundInclude[] {
  if (!mayInclude(body)) return [];
  const tags = templatesOf(body).flatMap((template) => findTags(template).tags);
  const includes = new Map<string, FoundInclude>();
  for (const tag of tags) {
    if (tag.kind !== "include") continue;
    const text = includeText(tag.include);
    const always = includes.get(text)?.always === true || tag.depth === 0;
    includes.set(text, { ...tag.include, always });
  }
  if (includes.size <= MAX_INCLUDES) return [...includes.values()];
  throw new AppError(
    "invalid_input",
    `The prompt includes more than ${MAX_INCLUDES} others. Include fewer, or put some of them together.`,
    { limit: MAX_INCLUDES },
  );
}

/** The arguments that its templates and placeholders ask for. Throws `invalid_input` for too many, and sections too deep. */
export function findArguments(body: Pick<PromptBody, "content" | "messages">): FoundArgument[] {
  const found = [
    ...variablesOf(templatesOf(body).flatMap((template) => findTags(template).tags)),
    ...(body.messages ?? []).flatMap((entry): FoundArgument[] =>
      "placeholder" in entry ? [{ name: entry.placeholder, type: "messages", required: false }] : [],
    ),
  ];
  if (found.length > MAX_ARGUMENTS) throw tooManyArguments();
  return found;
}

/** All arguments of a body, those first that its author declared. */
export function bodyArguments(
  body: PromptBody,
  found: readonly FoundArgument[] = findArguments(body),
): PromptArgument[] {
  const schema = wholeSchema(body.inputSchema, found);
  if (Object.keys(schema.properties).length > MAX_ARGUMENTS) throw tooManyArguments();
  return argumentsOf(schema);
}

/** Throws `too_large` or `invalid_input` when a text cannot be the content of a version. */
export function checkContent(content: string): void {
  const bytes = Buffer.byteLength(content);
  if (bytes > MAX_CONTENT_BYTES) {
    throw new AppError(
      "too_large",
      `The content has ${bytes} bytes; at most ${MAX_CONTENT_BYTES} (256 KiB) fit in one version. Split the prompt.`,
      { bytes, limit: MAX_CONTENT_BYTES },
    );
  }
  if (content.trim() === "")
    throw new AppError("invalid_input", "The content is empty. Give the prompt's text.");
  if (content.includes("\0")) {
    throw new AppError("invalid_input", "The content has a NUL character, which no text has. Remove it.");
  }
  if (!content.isWellFormed()) {
    throw new AppError(
      "invalid_input",
      "The content has half a character (a lone surrogate). Send well-formed Unicode.",
    );
  }
}
