import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import {
  type Permission,
  permissionsOf,
  ROLES,
  type Role,
  SCOPES,
  type Scope,
} from "../../src/domain/roles.ts";
import { type Operation, permissionsFor } from "../../src/operations/define-operation.ts";
import { catalogue } from "../../src/operations/index.ts";
import { pathFields } from "../../src/transports/rest/endpoint.ts";
import { byCommand, overMcp, overRest, type Way } from "../isolation/ways.ts";
import type { TestMember } from "../support/library.ts";
import { restClient, type ServedLibrary, serveLibrary } from "../support/rest.ts";

let library: ServedLibrary;
let host: TestMember;
beforeAll(async () => {
  library = await serveLibrary({ environment: { PROMPTFORGE_LIMIT_IMPORT: "1000" } });
  host = await library.found("host");
});
afterAll(() => library.close());

/** Credentials as they differ in what they may: of each role, and of an admin narrowed to one scope. */
const CREDENTIALS: readonly { readonly title: string; readonly role: Role; readonly scope?: Scope }[] = [
  ...ROLES.map((role) => ({ title: role, role })),
  ...SCOPES.map((scope) => ({ title: `an admin's key for ${scope}`, role: "admin" as const, scope })),
];

/** What needs no credential is the same for all, and has refusals of its own. */
const MEMBERS = catalogue.filter(({ permission }) => permission !== "public");

const WAYS = [
  { name: "MCP", open: overMcp, operations: MEMBERS.filter(({ mcp }) => mcp) },
  { name: "REST", open: overRest, operations: MEMBERS.filter(({ rest }) => rest.length > 0) },
  { name: "the command line", open: byCommand, operations: MEMBERS.filter(({ cli }) => cli !== undefined) },
];

let members = 0;

/** A new member's key: what an operation did to the one before does not matter. */
async function keyOf(role: Role, scope: Scope | undefined): Promise<string> {
  members += 1;
  const member = await library.join(host, `member-${members}`, role);
  const input = { name: "key", ...(scope === undefined ? {} : { scopes: [scope] }) };
  return (await member.call("create_api_key", input)).secret;
}

describe.each(CREDENTIALS)("$title", ({ role, scope }) => {
  const held = permissionsOf(role, role, scope === undefined ? undefined : [scope]);

  it.each(WAYS)("may by $name exactly what the catalogue says", async ({ open, operations }) => {
    const { url, dataDir } = library;
    let way: Way = await open({ url, dataDir, key: await keyOf(role, scope) });
    const decisions: Record<string, string> = {};
    for (const operation of operations) {
      decisions[operation.name] = decisionIn(await attempt(way, operation));
      if (operation.effects.destructive) {
        await way.close();
        way = await open({ url, dataDir, key: await keyOf(role, scope) });
      }
    }
    await way.close();

    const expected = operations.map((operation) => [
      operation.name,
      mayCall(held, operation) ? "allowed" : "forbidden",
    ]);
    expect(decisions).toEqual(Object.fromEntries(expected));
  });

  it("is shown the tools that it may use, and no others", async () => {
    const { url, dataDir } = library;
    const { tools, close } = await overMcp({ url, dataDir, key: await keyOf(role, scope) });
    const allowed = MEMBERS.filter((operation) => operation.mcp && mayCall(held, operation));
    expect((await tools()).toSorted()).toEqual(allowed.map(({ name }) => name).toSorted());
    await close();
  });

  it("is let into the original's pages for admins and for reviewers by its permissions", async () => {
    const rest = restClient(library.url, await keyOf(role, scope));
    expect((await rest("GET", "/users/admin-only")).status).toBe(held.has("tenant:admin") ? 200 : 403);
    expect((await rest("GET", "/users/reviewer-or-admin")).status).toBe(
      held.has("prompts:review") ? 200 : 403,
    );
  });
});

function mayCall(held: ReadonlySet<Permission>, operation: Operation): boolean {
  return operation.permission !== "public" && permissionsFor(operation).every((needed) => held.has(needed));
}

/** Calls an operation with what its schema requires and no more; gives all that the caller is told. */
async function attempt(way: Way, operation: Operation): Promise<unknown> {
  return way.call(operation, leastInput(operation)).catch((error: unknown) => ({ error: String(error) }));
}

/** In any transport's words: refused for want of a permission, rather than for anything else. */
function decisionIn(answer: unknown): "allowed" | "forbidden" | "unauthenticated" {
  const text = JSON.stringify(answer);
  if (text === "[]") throw new Error("No route of the operation was called");
  if (/"code":"unauthenticated"|unauthenticated:/.test(text)) return "unauthenticated";
  return /"permission":"|needs the permission|insufficient_scope/.test(text) ? "forbidden" : "allowed";
}

const fieldSchema = z.looseObject({ type: z.string().optional(), enum: z.array(z.unknown()).optional() });

function leastInput({ input, rest }: Operation): Record<string, unknown> {
  const { properties = {}, required = [] } = z.toJSONSchema(input, { io: "input", unrepresentable: "any" });
  const inPath = pathFields(rest[0]?.path ?? "");
  return Object.fromEntries(
    [...new Set([...required, ...inPath])].map((name) => [
      name,
      sampleOf(fieldSchema.parse(properties[name])),
    ]),
  );
}

function sampleOf({ type, enum: values }: z.infer<typeof fieldSchema>): unknown {
  if (values !== undefined) return values[0];
  const samples: Record<string, unknown> = { integer: 1, number: 1, boolean: true, array: ["x"], object: {} };
  return samples[type ?? ""] ?? "x";
}
