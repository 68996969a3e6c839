import {
  acceptedContent,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type ServerContext,
} from "@modelcontextprotocol/server";
import { z } from "zod";
import type { AppError } from "../../domain/errors.ts";
import type { Operation } from "../../operations/define-operation.ts";
import { renderPrompt } from "../../operations/render-prompt.ts";
import { usePrompt } from "../../operations/use-prompt.ts";
import type { McpClient } from "./session.ts";

/** The operations that fill a prompt: what they lack, a person can be asked for. */
const FILLING: readonly Operation[] = [renderPrompt, usePrompt];

/** Under which the answers come back. */
const KEY = "arguments";

type Input = Readonly<Record<string, unknown>>;

const lackingSchema = z.object({ missing: z.array(z.string()).min(1) });
const argumentsSchema = z.record(z.string(), z.unknown());
/** Numbers and choices of a form are values of arguments like all others: text. */
const answersSchema = z.record(
  z.string(),
  z.union([z.string(), z.number().transform(String), z.boolean().transform(String)]),
);

/** What the person behind the client has answered since the call was made first. */
export function answersIn({ mcpReq }: ServerContext): Record<string, string> {
  return acceptedContent(mcpReq.inputResponses, KEY, answersSchema) ?? {};
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
export function questionFor(
  operation: Operation,
  error: AppError,
  { mcpReq }: ServerContext,
  client: McpClient | undefined,
): InputRequiredResult | undefined {
  const lacking = lackingSchema.safeParse(error.details);
  if (!lacking.success || !FILLING.includes(operation) || !hasForms(client)) return undefined;
  if (inputResponse(mcpReq.inputResponses, KEY).kind !== "missing") return undefined;
  const { missing } = lacking.data;
  return inputRequired({
    inputRequests: {
      [KEY]: inputRequired.elicit({
        message: `The prompt needs ${missing.length === 1 ? "a value" : "values"} for: ${missing.join(", ")}.`,
        requestedSchema: {
          type: "object",
          properties: Object.fromEntries(missing.map((name) => [name, { type: "string", title: name }])),
          required: missing,
        },
      }),
    },
  });
}

/** A client that says no more than `elicitation: {}` has forms. */
function hasForms(client: McpClient | undefined): boolean {
  const elicitation = client?.elicitation;
  return elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined);
}
