import { messagesSchema } from "../../domain/chat.ts";
import { inputSchemaField } from "../../domain/input-schema.ts";
import { modelConfigSchema } from "../../domain/model-config.ts";
import { contentSchema } from "../../domain/prompt.ts";

/** What a version can be given to say. A command takes what is no text as JSON. */
export const bodyFields = {
  content: contentSchema.optional(),
  messages: messagesSchema.optional(),
  config: modelConfigSchema.optional(),
};
export const JSON_FIELDS = ["messages", "input_schema", "config"];

export const newBodyFields = { ...bodyFields, input_schema: inputSchemaField.optional() };
export const changedBodyFields = {
  ...bodyFields,
  input_schema: inputSchemaField.nullable().optional().describe("As in create_prompt; null takes it away"),
};
