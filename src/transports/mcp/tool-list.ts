import type { Tool } from "@modelcontextprotocol/server";
import type { Permission } from "../../domain/roles.ts";
import { type Operation, permissionsFor } from "../../operations/define-operation.ts";
import { catalogue } from "../../operations/index.ts";
import { toolInputSchema, toolOutputSchema } from "../json-schema.ts";
import { callTool, findTools } from "./on-demand.ts";
import { toolSearch } from "./tool-search.ts";

/** The operations that are tools, listed or on demand, by name. */
export const OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  catalogue.filter(({ mcp }) => mcp !== false).map((operation) => [operation.name, operation]),
);

/** Made once: the same bytes whatever is stored, and no work per request. */
const TOOLS = [...OPERATIONS.values()].map((operation) => ({ operation, tool: toolOf(operation) }));

const search = toolSearch(TOOLS.map(({ tool }) => tool));

/** The list that every conversation begins with, for somebody with these permissions. */
export function toolsFor(permissions: ReadonlySet<Permission>): Tool[] {
  const listed = usable(permissions).filter(({ operation }) => operation.mcp === true);
  return [...listed.map(({ tool }) => tool), findTools, callTool];
}

/** The tools beyond that list which somebody with these permissions may use. */
export function toolsOnDemand(permissions: ReadonlySet<Permission>): Tool[] {
  return usable(permissions)
    .filter(({ operation }) => operation.mcp === "on_demand")
    .map(({ tool }) => tool);
}

/** The tools, listed or not, that do what is looked for and that somebody with these permissions may use; best first. */
export function toolsFound(query: string, permissions: ReadonlySet<Permission>): Tool[] {
  return search(
    query,
    usable(permissions).map(({ tool }) => tool),
  );
}

function usable(permissions: ReadonlySet<Permission>) {
  return TOOLS.filter(
    ({ operation }) =>
      operation.permission === "public" ||
      permissionsFor(operation).every((permission) => permissions.has(permission)),
  );
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
