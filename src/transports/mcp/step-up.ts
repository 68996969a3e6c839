import { SKILLS_GET_METHOD, SKILLS_LIST_METHOD } from "@modelcontextprotocol/server/ext/skills";
import { z } from "zod";
import type { AppError } from "../../domain/errors.ts";
import type { Caller } from "../../domain/identity.ts";
import { completeNames } from "../../operations/complete-names.ts";
import type { Operation } from "../../operations/define-operation.ts";
import { getPrompt } from "../../operations/get-prompt.ts";
import { listPrompts } from "../../operations/list-prompts.ts";
import { renderPrompt } from "../../operations/render-prompt.ts";
import { refusalOf } from "../../operations/run-operation.ts";
import { OPERATIONS } from "./tool-list.ts";
import { askedFor } from "./tools.ts";

const messageSchema = z.object({
  method: z.string(),
  params: z
    .object({
      name: z.string().catch(""),
      arguments: z.record(z.string(), z.unknown()).optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
});

/** The operations behind the methods that have one. */
const METHODS: Readonly<Record<string, Operation>> = {
  "prompts/list": listPrompts,
  "prompts/get": renderPrompt,
  "resources/list": listPrompts,
  "resources/read": getPrompt,
  "completion/complete": completeNames,
  [SKILLS_LIST_METHOD]: listPrompts,
  [SKILLS_GET_METHOD]: getPrompt,
};

/**
 * The `forbidden`, with all the scopes that are needed, for a message by which a client asks for more than its person has let
 * it do, and could let it do. HTTP answers with 403 and a challenge then, upon which the client asks the person; a result
 * with `isError` would end in a model. All other refusals are results.
 */
export function missingScopes(caller: Caller, message: unknown): AppError | undefined {
  if (caller.grant === undefined) return undefined;
  const operation = operationOf(message);
  const refusal = operation && refusalOf(operation, caller);
  return refusal?.details?.["scope"] === undefined ? undefined : refusal;
}

/** The operation that answers a message; `undefined` where none does. */
export function operationOf(message: unknown): Operation | undefined {
  const { method = "", params } = messageSchema.safeParse(message).data ?? {};
  if (method !== "tools/call") return METHODS[method];
  return params && OPERATIONS.get(askedFor(params).name);
}
