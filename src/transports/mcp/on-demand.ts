import type { Tool } from "@modelcontextprotocol/server";
import { z } from "zod";
import { toolInputSchema } from "../json-schema.ts";

/**
 * Two tools by which a model reaches all that is not in its list: a list of everything costs each conversation room that
 * it has no use for, and a client that hides a server's other features still offers its tools.
 */
const findSchema = z.object({
  query: z
    .string()
    .trim()
    .max(200)
    .optional()
    .describe(
      "What it should do, in your words, such as rename a tag; all that the list leaves out without it",
    ),
});

const callSchema = z.object({
  name: z.string().max(100).describe("A tool's name, from find_tools"),
  arguments: z.record(z.string(), z.unknown()).default({}).describe("Its arguments, by its input_schema"),
});

export const findTools: Tool = {
  name: "find_tools",
  title: "Find more tools",
  description:
    "Finds tools by what they do, those that this list leaves out too, with what they take: histories, quotas, members, invitations, " +
    "policies of the tenant and more. Call one with call_tool.",
  inputSchema: toolInputSchema(findSchema),
  outputSchema: { type: "object", properties: { tools: { type: "array", items: { type: "object" } } } },
  annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
};

export const callTool: Tool = {
  name: "call_tool",
  title: "Call a tool by name",
  description: "Calls a tool that find_tools found. What it does and answers is said there.",
  inputSchema: toolInputSchema(callSchema),
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false },
};

/** The tool that is asked for in a call of `call_tool`, and what it is given; `undefined` when the input is not of that kind. */
export function readCall(
  input: unknown,
): { readonly name: string; readonly arguments: Record<string, unknown> } | undefined {
  return callSchema.safeParse(input).data;
}

/** What is looked for in a call of `find_tools`; nothing where all are. */
export function readQuery(input: unknown): string {
  return findSchema.safeParse(input).data?.query ?? "";
}

/** Tools, described for a model. */
export function described(tools: readonly Tool[]) {
  return {
    tools: tools.map(({ name, title, description, inputSchema, annotations }) => ({
      name,
      title,
      description,
      input_schema: inputSchema,
      read_only: annotations?.readOnlyHint === true,
    })),
  };
}
