import { z } from "zod";
import { AppError } from "./errors.ts";
import { ARGUMENT_NAME, RESERVED_NAMES } from "./template/names.ts";

/** More turns than this are a transcript, not a prompt. */
const MAX_MESSAGES = 100;

export const ROLES = ["system", "user", "assistant"] as const;

/** A message that is ready to send. */
export const messageSchema = z.object({ role: z.enum(ROLES), content: z.string() });
export type Message = z.infer<typeof messageSchema>;

/** What a chat prompt is made of: messages, and places for a list of messages that an argument gives. */
export const chatEntrySchema = z.union([
  z.strictObject({ role: z.enum(ROLES), content: z.string() }),
  z.strictObject({
    placeholder: z
      .string()
      .regex(ARGUMENT_NAME, "A placeholder is named as an argument: letters, digits, '_' and '-'")
      .refine((name) => !RESERVED_NAMES.has(name), "This name is reserved"),
  }),
]);
export type ChatEntry = z.infer<typeof chatEntrySchema>;

export const messagesSchema = z
  .array(chatEntrySchema)
  .min(1)
  .max(MAX_MESSAGES)
  .describe("For a chat, in place of content; a placeholder is an argument that holds messages");

/** A chat as one text, to search, compare and read by. */
export function chatText(entries: readonly ChatEntry[]): string {
  return entries
    .map((entry) => ("role" in entry ? `${entry.role}: ${entry.content}` : `messages: ${entry.placeholder}`))
    .join("\n\n");
}

/** Throws `invalid_input` when a chat says nothing at all. */
export function checkChat(entries: readonly ChatEntry[]): void {
  if (entries.some((entry) => "role" in entry && entry.content.trim() !== "")) return;
  throw new AppError("invalid_input", "All messages are empty. Give at least one of them a content.");
}
