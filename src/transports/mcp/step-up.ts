import { z } from "zod";
import type { AppError } from "../../domain/errors.ts";
import type { Caller } from "../../domain/identity.ts";
import type { Operation } from "../../operations/define-operation.ts";
import { getPrompt } from "../../operations/get-prompt.ts";
import { listPrompts } from "../../operations/list-prompts.ts";
import { renderPrompt } from "../../operations/render-prompt.ts";
import { refusalOf } from "../../operations/run-operation.ts";
import { OPERATIONS } from "./tools.ts";

const messageSchema = z.object({
  method: z.string(),
  params: z.object({ name: z.unknown() }).optional().catch(undefined),
});

/** The operations behind the methods that have one. */
const METHODS: Readonly<Record<string, Operation>> = {
  "prompts/list": listPrompts,
  "prompts/get": renderPrompt,
  "resources/list": listPrompts,
  "resources/read": getPrompt,
};

/**
 * The `forbidden`, with all the scopes that are needed, for a message by which a client asks for more than its person has let
 * it do, and could let it do. HTTP answers with 403 and a challenge then, upon which the client asks the person; a result
 * with `isError` would end in a model. All other refusals are results.
 */
export function missingScopes(caller: Caller, message: unknown): AppError | undefined {
  if (caller.grant === undefined) return undefined;
  const parsed = messageSchema.safeParse(message);
  const operation = parsed.success ? operationOf(parsed.data) : undefined;
  const refusal = operation && refusalOf(operation, caller);
  return refusal?.details?.["scope"] === undefined ? undefined : refusal;
}

function operationOf({ method, params }: z.infer<typeof messageSchema>): Operation | undefined {
  return method === "tools/call" ? OPERATIONS.get(String(params?.name)) : METHODS[method];
}
