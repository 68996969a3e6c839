import { readInputSchema } from "../domain/input-schema.ts";
import type { JsonObject } from "../domain/json-bounds.ts";
import { type GivenBody, type PromptBody, readBody } from "../domain/prompt-body.ts";
import { checkInputSchema } from "./argument-validation.ts";

/** A body as callers give it, its schema not read yet; `null` is the wish to have none. */
export interface BodyInput extends Omit<GivenBody, "inputSchema"> {
  readonly inputSchema?: JsonObject | null | undefined;
}

/** Throws `invalid_input` or `too_large` for what cannot be stored. */
export function newBody(given: BodyInput): PromptBody {
  return readBody({ ...given, inputSchema: declared(given) });
}

/**
 * What is not given stays as it was. A content makes a text of a chat, and messages make a chat of a text. All that is given
 * is checked here, and only put together with what was there when that is known.
 */
export function bodyChange(given: BodyInput): (before: PromptBody) => PromptBody {
  const { content, messages, config } = given;
  const isRewritten = content !== undefined || messages !== undefined;
  const read = isRewritten ? readBody({ content, messages }) : undefined;
  const inputSchema = declared(given);
  return (before) => ({
    content: read?.content ?? before.content,
    messages: read === undefined ? before.messages : read.messages,
    inputSchema: given.inputSchema === undefined ? before.inputSchema : inputSchema,
    config: config ?? before.config,
  });
}

function declared({ inputSchema: given }: BodyInput) {
  if (given === undefined || given === null) return undefined;
  const schema = readInputSchema(given);
  checkInputSchema(schema);
  return schema;
}
