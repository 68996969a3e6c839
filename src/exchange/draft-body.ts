import { type ChatEntry, chatText, checkChat, messagesSchema } from "../domain/chat.ts";
import { AppError } from "../domain/errors.ts";
import type { ImportedVersion } from "../domain/exchanged.ts";
import { readInputSchema } from "../domain/input-schema.ts";
import type { JsonObject } from "../domain/json-bounds.ts";
import { modelConfigSchema } from "../domain/model-config.ts";
import { checkContent } from "../domain/prompt-body.ts";
import { isObject } from "./json-values.ts";

export type DraftBody = Pick<ImportedVersion, "content" | "messages" | "input_schema" | "config">;

/** What a file says of a body, unread. `undefined`: nothing. */
export interface UnreadBody {
  readonly content?: unknown;
  readonly messages?: unknown;
  readonly input_schema?: unknown;
  readonly config?: unknown;
}

/** The body of a version: messages where there are some, else a content; or why it cannot be one, in words for its author. */
export function draftBody(given: UnreadBody): DraftBody | { readonly message: string } {
  try {
    const messages = isAbsent(given.messages) ? undefined : readMessages(given.messages);
    const content = messages === undefined ? readContent(given.content) : chatText(messages);
    checkContent(content);
    return {
      content,
      ...(messages !== undefined && { messages }),
      ...(given.input_schema === null && { input_schema: null }),
      ...(!isAbsent(given.input_schema) && { input_schema: readSchema(given.input_schema) }),
      ...(!isAbsent(given.config) && { config: readConfig(given.config) }),
    };
  } catch (error) {
    if (error instanceof AppError) return { message: error.message };
    throw error;
  }
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function readContent(content: unknown): string {
  if (typeof content === "string") return content;
  throw isAbsent(content)
    ? refusal('The prompt has no text: give it as "content" (or "prompt").')
    : refusal("The prompt's content is not a string.");
}

function readMessages(given: unknown): ChatEntry[] {
  const { data } = messagesSchema.safeParse(given);
  if (data === undefined) {
    throw refusal(
      "The prompt's messages are not a list of {role, content}, with the roles system, user and assistant, and {placeholder}.",
    );
  }
  checkChat(data);
  return data;
}

function readSchema(given: unknown): JsonObject {
  if (!isObject(given)) throw refusal("The prompt's input_schema is not an object.");
  return readInputSchema(given);
}

function readConfig(given: unknown): JsonObject {
  const read = modelConfigSchema.safeParse(given);
  if (read.success) return read.data;
  throw refusal(
    `The prompt's config cannot be kept: ${read.error.issues.map(({ message }) => message).join("; ")}`,
  );
}

function refusal(message: string): AppError {
  return new AppError("invalid_input", message);
}
