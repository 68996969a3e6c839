import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROLES } from "../../src/domain/roles.ts";
import { catalogue } from "../../src/operations/index.ts";
import { type Library, openLibrary, type TestMember } from "../support/library.ts";
import { CANARY, furnish, probes, type Victim } from "./fixtures.ts";

let library: Library;
let victim: Victim;
let attackers: Map<string, TestMember>;

beforeAll(async () => {
  library = await openLibrary();
  victim = await furnish(await library.found("victim"));
  const host = await library.found("attacker");
  await host.call("create_prompt", { name: "own", content: "The attacker's own" });
  await host.call("update_prompt", { name: "own", content: "The attacker's own, again" });
  const members = await Promise.all(
    ROLES.map(async (role) => [role, await library.join(host, `attacker-${role}`, role)] as const),
  );
  attackers = new Map(members);
  await library.app.indexer.drain();
});
afterAll(() => library.close());

/** What a caller learns from a call, less what differs from call to call anyway. */
async function learned(member: TestMember, operation: string, input: object): Promise<string> {
  const text = await member.call(operation, input).then(
    (answer) => JSON.stringify(answer, hideVolatile),
    (error) => JSON.stringify({ code: error.code, message: error.message, details: error.details }),
  );
  return text;
}

const VOLATILE = new Set([
  "id",
  "name",
  "created_at",
  "updated_at",
  "version_created_at",
  "secret",
  "prefix",
  "last_used_at",
]);
function hideVolatile(key: string, value: unknown): unknown {
  return VOLATILE.has(key) ? "…" : value;
}

/** The victim's world, as the victim sees it. */
async function world(): Promise<string> {
  const { member } = victim;
  const prompts = await member.call("list_prompts", { include_content: true });
  const archived = await member.call("get_prompt", { name: victim.archived.id });
  const versions = await member.call("get_versions", { name: victim.prompt.name });
  return JSON.stringify([
    prompts.items,
    archived,
    versions.items,
    (await member.call("list_api_keys")).items.length,
  ]);
}

describe("another tenant", () => {
  it("has a fixture for each operation of the catalogue", () => {
    expect(Object.keys(probes).sort()).toEqual(catalogue.map((operation) => operation.name).sort());
  });

  describe.each(ROLES)("as %s", (role) => {
    it.each(Object.keys(probes))("learns and changes nothing by %s", async (operation) => {
      const attacker = attackers.get(role)!;
      const before = await world();
      for (const { theirs, nobodys } of probes[operation]!(victim)) {
        const answers = [
          await learned(attacker, operation, theirs),
          await learned(attacker, operation, nobodys),
        ];
        expect(answers[0]).toBe(answers[1]);
        expect(answers[0]).not.toContain(CANARY);
      }
      expect(await world()).toBe(before);
    });
  });

  it("uses the same names without meeting", async () => {
    const namesake = await library.found("namesake");
    const { name } = victim.prompt;
    const mine = await namesake.call("create_prompt", { name, content: "mine" });
    expect(mine).toMatchObject({ version: 1, author: "namesake" });
    expect((await namesake.call("get_versions", { name })).items).toHaveLength(1);
    expect((await victim.member.call("get_prompt", { name })).content).toContain(CANARY);
  });

  it("finds nothing of it by meaning, even with the very text", async () => {
    const attacker = attackers.get("admin")!;
    const { items } = await attacker.call("search_prompts", { query: victim.prompt.content, limit: 100 });
    const own = (await attacker.call("list_prompts", { limit: 500 })).items.map(
      (item: { id: string }) => item.id,
    );
    for (const item of items) expect(own).toContain(item.id);
  });

  it("does not move the scores of a search by what it stores", async () => {
    const attacker = attackers.get("admin")!;
    const before = await attacker.call("search_prompts", { query: "the attacker's own" });
    await victim.member.call("create_prompt", { content: `the attacker's own ${CANARY}` });
    expect(await attacker.call("search_prompts", { query: "the attacker's own" })).toEqual(before);
  });

  it("stays unchanged and unseen in random sequences of calls by two tenants", async () => {
    const reference = fc.constantFrom(
      "a",
      "b",
      "folder/a",
      victim.prompt.name,
      victim.prompt.id,
      victim.archived.id,
    );
    const step = fc.oneof(
      fc.record({
        operation: fc.constant("create_prompt"),
        input: fc.record({ name: reference, content: fc.string({ minLength: 1 }) }),
      }),
      fc.record({
        operation: fc.constant("update_prompt"),
        input: fc.record({ name: reference, content: fc.string({ minLength: 1 }) }),
      }),
      fc.record({
        operation: fc.constantFrom(
          "get_prompt",
          "get_versions",
          "archive_prompt",
          "restore_prompt",
          "render_prompt",
        ),
        input: fc.record({ name: reference }),
      }),
      fc.record({
        operation: fc.constantFrom("list_prompts", "list_api_keys", "complete_names", "whoami"),
        input: fc.constant({}),
      }),
    );
    const attacker = attackers.get("developer")!;
    const before = await world();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        for (const { operation, input } of steps) {
          expect(await learned(attacker, operation, input)).not.toContain(`${CANARY} content`);
        }
        expect(await world()).toBe(before);
      }),
      { numRuns: 100 },
    );
  });
});
