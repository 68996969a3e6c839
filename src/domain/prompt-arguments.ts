import { z } from "zod";
import { ROLES } from "./chat.ts";
import type { InputSchema, PropertySchema } from "./input-schema.ts";

/** `any`: what the schema leaves open. */
export const ARGUMENT_TYPES = ["string", "number", "integer", "boolean", "array", "object", "any"] as const;
export type ArgumentType = (typeof ARGUMENT_TYPES)[number];

/** An argument in outline, for lists, menus and completions; all that is asked of it is in the input_schema. */
export const argumentSchema = z.object({
  name: z.string(),
  type: z.enum(ARGUMENT_TYPES),
  required: z.boolean(),
  description: z.string().optional(),
  default: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  examples: z.array(z.unknown()).optional(),
  max_length: z.int().optional(),
});
export type PromptArgument = z.infer<typeof argumentSchema>;

/** What a list of messages is as a value: of an argument that a chat has a placeholder for. */
const MESSAGE_LIST: PropertySchema = {
  type: "array",
  maxItems: 1000,
  items: {
    type: "object",
    properties: { role: { enum: ROLES }, content: { type: "string" } },
    required: ["role", "content"],
    additionalProperties: false,
  },
};

/** An argument that the template has and no schema declares. */
export interface FoundArgument {
  readonly name: string;
  readonly type: "string" | "object" | "any" | "messages";
  readonly required: boolean;
}

const SCHEMAS: Readonly<Record<FoundArgument["type"], PropertySchema>> = {
  string: { type: "string" },
  object: { type: "object" },
  any: {},
  messages: MESSAGE_LIST,
};

/** The one schema of a version: what its author declared, and what else the template asks for. */
export function wholeSchema(declared: InputSchema | undefined, found: readonly FoundArgument[]): InputSchema {
  const properties: Record<string, PropertySchema> = { ...declared?.properties };
  const required = [...(declared?.required ?? [])];
  for (const argument of found) {
    if (Object.hasOwn(properties, argument.name)) continue;
    properties[argument.name] = SCHEMAS[argument.type];
    if (argument.required) required.push(argument.name);
  }
  return { ...declared, type: "object", properties, required, additionalProperties: false };
}

/** The arguments of a schema, in its order. One with a default needs no value. */
export function argumentsOf({ properties, required = [] }: InputSchema): PromptArgument[] {
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    type: typeOf(schema),
    required: required.includes(name) && !Object.hasOwn(schema, "default"),
    ...(typeof schema["description"] === "string" && { description: schema["description"] }),
    ...(Object.hasOwn(schema, "default") && { default: schema["default"] }),
    ...(Array.isArray(schema["enum"]) && { enum: schema["enum"] }),
    ...(Array.isArray(schema["examples"]) && { examples: schema["examples"] }),
    ...(typeof schema["maxLength"] === "number" && { max_length: schema["maxLength"] }),
  }));
}

function typeOf({ type }: PropertySchema): ArgumentType {
  return ARGUMENT_TYPES.find((known) => known === type) ?? "any";
}
