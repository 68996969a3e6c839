import { z } from "zod";
import { chatText, type Message, messageSchema } from "./chat.ts";
import { AppError } from "./errors.ts";
import type { JsonObject } from "./json-bounds.ts";
import { type PromptBody, templatesOf } from "./prompt-body.ts";
import { MAX_RENDERED_BYTES, render } from "./template/render.ts";

/** A prompt that is ready to use. */
export interface Rendered {
  /** Of a chat, its messages as one text. */
  readonly text: string;
  /** Of a chat. */
  readonly messages?: Message[];
}

const messageList = z.array(messageSchema);

/**
 * Fills a body with values that fit its schema. Throws `too_large` as `render` does, and `invalid_input` where a chat has a
 * place for messages and the value is no list of them.
 */
export function renderBody(
  body: Pick<PromptBody, "content" | "messages">,
  values: JsonObject,
  included?: ReadonlyMap<string, string>,
): Rendered {
  const texts = render({ contents: templatesOf(body), values, included });
  if (body.messages === undefined) return { text: texts[0] ?? "" };
  let left = MAX_RENDERED_BYTES;
  let next = 0;
  const messages = body.messages.flatMap((entry): Message[] => {
    if ("role" in entry) {
      next += 1;
      return [{ role: entry.role, content: texts[next - 1] ?? "" }];
    }
    const given = messagesIn(values[entry.placeholder] ?? [], entry.placeholder);
    left -= Buffer.byteLength(JSON.stringify(given));
    if (left < 0) throw tooLarge();
    return given;
  });
  return { text: chatText(messages), messages };
}

function messagesIn(value: unknown, name: string): Message[] {
  const read = messageList.safeParse(value);
  if (read.success) return read.data;
  throw new AppError(
    "invalid_input",
    `${name} is to be a list of messages: [{"role": "user", "content": "…"}], with the roles system, user and assistant.`,
    { argument: name },
  );
}

function tooLarge(): AppError {
  return new AppError(
    "too_large",
    `The messages that were given have more than ${MAX_RENDERED_BYTES} bytes; shorten them.`,
    { limit: MAX_RENDERED_BYTES },
  );
}
