import {
  type CallToolResult,
  ProtocolError,
  ProtocolErrorCode,
  type Tool,
} from "@modelcontextprotocol/server";
import { allowedScopes } from "../../domain/client-grants.ts";
import { type AppError, toAppError } from "../../domain/errors.ts";
import type { Caller } from "../../domain/identity.ts";
import { type Permission, SCOPES } from "../../domain/roles.ts";
import { type Operation, permissionsFor } from "../../operations/define-operation.ts";
import { catalogue } from "../../operations/index.ts";
import { toolInputSchema, toolOutputSchema } from "../json-schema.ts";
import type { McpHandlers, McpSession } from "./session.ts";

/** The tools, by name. */
export const OPERATIONS = new Map(
  catalogue.filter((operation) => operation.mcp).map((operation) => [operation.name, operation]),
);

/** Made once: the same bytes whatever is stored, and no work per request. */
const TOOLS = [...OPERATIONS.values()].map((operation) => ({ operation, tool: toolOf(operation) }));

export function toolHandlers(session: McpSession): Pick<McpHandlers, "tools/list" | "tools/call"> {
  return {
    async "tools/list"() {
      return { tools: toolsFor(reachable(await session.authenticate())) };
    },

    async "tools/call"({ params }) {
      const operation = OPERATIONS.get(params.name);
      if (operation === undefined) {
        throw new ProtocolError(
          ProtocolErrorCode.InvalidParams,
          `There is no tool with this name. The tools are: ${[...OPERATIONS.keys()].join(", ")}.`,
        );
      }
      try {
        const output = await session.run(operation, params.arguments ?? {}, {
          ...session.call(),
          idempotencyKey: idempotencyKeyOf(params._meta),
        });
        return { content: [{ type: "text", text: JSON.stringify(output) }], structuredContent: output };
      } catch (error) {
        return errorResult(toAppError(error));
      }
    },
  };
}

/** As REST's Idempotency-Key: a call with a key that was there before is not done again. */
function idempotencyKeyOf(meta: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const key = meta?.["promptforge/idempotency-key"];
  return key === undefined ? undefined : String(key);
}

/** The tools that somebody with these permissions may use. */
export function toolsFor(permissions: ReadonlySet<Permission>): Tool[] {
  return TOOLS.filter(
    ({ operation }) =>
      operation.permission === "public" ||
      permissionsFor(operation).every((permission) => permissions.has(permission)),
  ).map(({ tool }) => tool);
}

/** What a caller may do, and what a client could do after asking its person for more. */
function reachable({ permissions, role, grant }: Caller): ReadonlySet<Permission> {
  return grant === undefined ? permissions : new Set([...permissions, ...allowedScopes(role, SCOPES)]);
}

function toolOf(operation: Operation): Tool {
  const { readOnly, destructive, idempotent } = operation.effects;
  return {
    name: operation.name,
    title: operation.title,
    description: operation.description,
    inputSchema: toolInputSchema(operation.input),
    // What a change answers with is what the tools that read have described.
    ...(readOnly ? { outputSchema: toolOutputSchema(operation.output) } : {}),
    annotations: {
      readOnlyHint: readOnly,
      destructiveHint: destructive,
      idempotentHint: idempotent,
      openWorldHint: false,
    },
  };
}

/** An error that a model can act on: what happened and what to do, with the stable code in front. */
function errorResult(error: AppError): CallToolResult {
  return {
    isError: true,
    content: [{ type: "text", text: `${error.code}: ${error.message}` }],
    _meta: {
      "promptforge/error": { code: error.code, message: error.message, details: error.details ?? {} },
    },
  };
}
