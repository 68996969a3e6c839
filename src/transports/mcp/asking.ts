import {
  acceptedContent,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { z } from "zod";
import type { AppError } from "../../domain/errors.ts";
import type { PromptArgument } from "../../domain/prompt-arguments.ts";
import type { Operation } from "../../operations/define-operation.ts";
import { getPrompt } from "../../operations/get-prompt.ts";
import { renderPrompt } from "../../operations/render-prompt.ts";
import { usePrompt } from "../../operations/use-prompt.ts";
import { callOr } from "./calls.ts";
import type { McpClient, McpSession } from "./session.ts";

/** The operations that fill a prompt: what they lack, a person can be asked for. */
const FILLING: readonly Operation[] = [renderPrompt, usePrompt];

/** Under which the answers come back. */
const KEY = "arguments";

type Input = Readonly<Record<string, unknown>>;

const lackingSchema = z.object({ missing: z.array(z.string()).min(1) });
const argumentsSchema = z.record(z.string(), z.unknown());
const chosenSchema = z.object({
  prompt: z.object({ ref: z.string(), version: z.int().optional(), label: z.string().optional() }),
});

/** What the person behind the client has answered since the call was made first. */
export function answersIn({ mcpReq }: ServerContext): Record<string, unknown> {
  return acceptedContent(mcpReq.inputResponses, KEY, argumentsSchema) ?? {};
}

/** The input of an operation with those answers, where it fills a prompt. */
export function withAnswers(operation: Operation, input: Input, context: ServerContext): Input {
  const answers = answersIn(context);
  if (Object.keys(answers).length === 0 || !FILLING.includes(operation)) return input;
  const given = argumentsSchema.safeParse(input[KEY]).data ?? {};
  return { ...input, [KEY]: { ...given, ...answers } };
}

/**
 * A request for the arguments that a prompt lacks, to be answered by the person behind the client: one form, asked for once.
 * `undefined` where the error is another, where the client has no forms, and where the person was asked already: then the
 * error says which arguments are missing [MCP 2026-07-28, multi round-trip requests; elicitation].
 */
export async function questionFor(
  session: McpSession,
  {
    operation,
    input,
    error,
  }: { readonly operation: Operation; readonly input: Input; readonly error: AppError },
  { mcpReq }: ServerContext,
  client: McpClient | undefined,
): Promise<InputRequiredResult | undefined> {
  const lacking = lackingSchema.safeParse(error.details);
  if (!lacking.success || !FILLING.includes(operation) || !hasForms(client)) return undefined;
  if (inputResponse(mcpReq.inputResponses, KEY).kind !== "missing") return undefined;
  const { missing } = lacking.data;
  const described = await argumentsOf(session, input, error);
  return inputRequired({
    inputRequests: {
      [KEY]: inputRequired.elicit({
        message: `The prompt needs ${missing.length === 1 ? "a value" : "values"} for: ${missing.join(", ")}.`,
        requestedSchema: {
          type: "object",
          properties: Object.fromEntries(missing.map((name) => [name, fieldFor(name, described.get(name))])),
          required: missing,
        },
      }),
    },
  });
}

/** What is known of a prompt's arguments, by their names. */
async function argumentsOf(session: McpSession, input: Input, { details }: AppError) {
  const chosen = chosenSchema.safeParse(details).data?.prompt;
  const { ref: name = input["name"], ...at } = chosen ?? { version: input["version"], label: input["label"] };
  const reference = getPrompt.input.safeParse({ name, ...at });
  if (!reference.success) return new Map<string, PromptArgument>();
  const prompt = await callOr(session, getPrompt, reference.data, () => undefined);
  return new Map(prompt?.arguments.map((argument) => [argument.name, argument]));
}

/** A field of a form: forms have texts, numbers, yes or no, and choices; everything else is written as JSON. */
function fieldFor(title: string, argument: PromptArgument | undefined) {
  const { type = "string", description, enum: choices } = argument ?? {};
  const words = description === undefined ? {} : { description };
  const texts = choices?.filter((choice) => typeof choice === "string") ?? [];
  if (texts.length > 0 && texts.length === choices?.length) {
    return { type: "string" as const, title, ...words, enum: texts };
  }
  if (type === "number" || type === "integer" || type === "boolean") return { type, title, ...words };
  if (type === "string" || type === "any") return { type: "string" as const, title, ...words };
  return { type: "string" as const, title, description: `${description ?? title} (as JSON: ${type})` };
}

/** A client that says no more than `elicitation: {}` has forms. */
function hasForms(client: McpClient | undefined): boolean {
  const elicitation = client?.elicitation;
  return elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
}
