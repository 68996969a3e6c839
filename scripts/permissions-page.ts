import { join } from "node:path";
import { type Permission, permissionsOf, ROLES, SCOPES } from "../src/domain/roles.ts";
import { type Operation, permissionsFor } from "../src/operations/define-operation.ts";
import { catalogue } from "../src/operations/index.ts";
import { originalEndpoints } from "../src/transports/rest/original-endpoints.ts";

export const PERMISSIONS_PAGE = join(import.meta.dirname, "../docs/permissions.md");

/** What each role may do, from the catalogue that decides it. */
export function permissionsPage(): string {
  return `# Roles and operations

Made from the catalogue of operations by \`npm run docs:permissions\`. The same over MCP, REST and the command line: an operation
is refused in one place (\`src/operations/run-operation.ts\`), before its input is read.

A member's role is the ceiling. An API key or an access token may have less, by a role of its own or by scopes
(${SCOPES.map(code).join(", ")}), never more. What needs
\`account\` is for people themselves: a credential that is narrowed to scopes does not have it. \`self\` is what every credential
may. \`public\` needs none.

${table(
  ["operation", "needs", ...ROLES, "narrowed to its scope"],
  catalogue.map((operation) => [
    code(operation.name),
    needsOf(operation).join(", "),
    ...ROLES.map((role) => mark(operation, permissionsOf(role))),
    mark(operation, permissionsOf("admin", "admin", scopesOf(operation))),
  ]),
)}

## Where each is

${table(
  ["operation", "MCP tool", "REST", "command"],
  catalogue.map(({ name, mcp, rest, cli }) => [
    code(name),
    mcp === "on_demand" ? "on demand" : mcp ? "yes" : "",
    rest.map(({ method, path }) => code(`${method.toUpperCase()} ${path}`)).join("<br>"),
    cli === undefined ? "" : code(`promptforge ${cli.command}`),
  ]),
)}

## The original's paths

${table(
  ["path", "runs", "needs"],
  originalEndpoints.map(({ method, path, operation, demands }) => [
    code(`${method.toUpperCase()} ${path}`),
    code(operation.name),
    demands ?? operation.permission,
  ]),
)}
`;
}

function mark(operation: Operation, held: ReadonlySet<Permission>): string {
  return needsOf(operation).every((needed) => needed === "public" || held.has(needed)) ? "yes" : "";
}

function needsOf(operation: Operation): readonly (Permission | "public")[] {
  return operation.permission === "public" ? ["public"] : permissionsFor(operation);
}

function scopesOf(operation: Operation) {
  return SCOPES.filter((scope) => needsOf(operation).includes(scope));
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function code(text: string): string {
  return `\`${text}\``;
}
