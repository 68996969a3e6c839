import {
  type CallToolRequest,
  type CallToolResult,
  ProtocolError,
  ProtocolErrorCode,
} from "@modelcontextprotocol/server";
import { allowedScopes } from "../../domain/client-grants.ts";
import { type AppError, toAppError } from "../../domain/errors.ts";
import type { Caller } from "../../domain/identity.ts";
import { type Permission, SCOPES } from "../../domain/roles.ts";
import type { Operation } from "../../operations/define-operation.ts";
import { questionFor, withAnswers } from "./asking.ts";
import { detailsOf } from "./calls.ts";
import { callTool, described, findTools, readCall, readQuery } from "./on-demand.ts";
import type { McpHandlers, McpSession } from "./session.ts";
import { OPERATIONS, toolsFor, toolsFound, toolsOnDemand } from "./tool-list.ts";

export function toolHandlers(session: McpSession): Pick<McpHandlers, "tools/list" | "tools/call"> {
  return {
    async "tools/list"() {
      return { tools: toolsFor(reachable(await session.authenticate())) };
    },

    async "tools/call"({ params }, context, client) {
      if (params.name === findTools.name) {
        const permissions = reachable(await session.authenticate());
        const query = readQuery(params.arguments);
        return result(described(query === "" ? toolsOnDemand(permissions) : toolsFound(query, permissions)));
      }
      const { name, input } = askedFor(params);
      const operation = OPERATIONS.get(name);
      if (operation === undefined) {
        throw new ProtocolError(
          ProtocolErrorCode.InvalidParams,
          `There is no tool with this name. The tools are: ${[...OPERATIONS.keys()].join(", ")}.`,
        );
      }
      const given = withAnswers(operation, input, context);
      let ignored: readonly string[] = [];
      try {
        const output = await session.run(operation, given, {
          ...session.call(),
          idempotencyKey: idempotencyKeyOf(params._meta),
          onIgnored: (fields) => {
            ignored = fields;
          },
        });
        return noting(operation, ignored, result(output));
      } catch (thrown) {
        const error = toAppError(thrown);
        const refused = { operation, input: given, error };
        const question = await questionFor(session, refused, context, client);
        return question ?? noting(operation, ignored, errorResult(error));
      }
    },
  };
}

/** The tool that a call is for, and what it is given: by its own name, or through `call_tool`. */
export function askedFor({
  name,
  arguments: input = {},
}: Pick<CallToolRequest["params"], "name" | "arguments">) {
  if (name !== callTool.name) return { name, input };
  const call = readCall(input);
  return { name: call?.name ?? "", input: call?.arguments ?? {} };
}

/** As REST's Idempotency-Key: a call with a key that was there before is not done again. */
function idempotencyKeyOf(meta: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const key = meta?.["promptforge/idempotency-key"];
  return key === undefined ? undefined : String(key);
}

/** What a caller may do, and what a client could do after asking its person for more. */
function reachable({ permissions, role, grant }: Caller): ReadonlySet<Permission> {
  return grant === undefined ? permissions : new Set([...permissions, ...allowedScopes(role, SCOPES)]);
}

function result(output: Record<string, unknown>): CallToolResult {
  return { content: [{ type: "text", text: JSON.stringify(output) }], structuredContent: output };
}

/** The result, with a text behind it where fields were given that the tool does not have: a slip that a model can mend. */
function noting(
  { name, input }: Operation,
  ignored: readonly string[],
  { content, ...rest }: CallToolResult,
): CallToolResult {
  if (ignored.length === 0) return { content, ...rest };
  const fields = ignored.slice(0, 10).map((field) => JSON.stringify(field.slice(0, 64)));
  const text = `Ignored, since ${name} has no such field: ${fields.join(", ")}. It has: ${Object.keys(input.shape).join(", ")}.`;
  return { content: [...content, { type: "text", text }], ...rest };
}

/** An error that a model can act on: what happened and what to do, with the stable code in front. */
function errorResult(error: AppError): CallToolResult {
  return {
    isError: true,
    content: [{ type: "text", text: `${error.code}: ${error.message}` }],
    _meta: {
      "promptforge/error": { code: error.code, message: error.message, details: detailsOf(error) },
    },
  };
}
