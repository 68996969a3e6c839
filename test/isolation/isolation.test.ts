import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROLES } from "../../src/domain/roles.ts";
import { catalogue } from "../../src/operations/index.ts";
import { type Library, openLibrary } from "../support/library.ts";
import { CANARY, probes, type Victim } from "./fixtures.ts";
import { probe, type Stage, setStage } from "./stage.ts";
import { inProcess, operationOf } from "./ways.ts";

let library: Library;
let stage: Stage;
let victim: Victim;

beforeAll(async () => {
  library = await openLibrary();
  stage = await setStage(library, ROLES);
  victim = stage.victim;
});
afterAll(() => library.close());

describe("another tenant", () => {
  it("has a fixture for each operation of the catalogue", () => {
    expect(Object.keys(probes).sort()).toEqual(catalogue.map((operation) => operation.name).sort());
  });

  describe.each(ROLES)("as %s", (role) => {
    it.each(Object.keys(probes))("learns and changes nothing by %s", (operation) =>
      probe(stage, inProcess(stage.attackers.get(role)!), operation),
    );
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
    const attacker = stage.attackers.get("admin")!;
    const { items } = await attacker.call("search_prompts", { query: victim.prompt.content, limit: 100 });
    const own = (await attacker.call("list_prompts", { limit: 500 })).items.map(
      (item: { id: string }) => item.id,
    );
    for (const item of items) expect(own).toContain(item.id);
  });

  it("does not move the scores of a search by what it stores", async () => {
    const attacker = stage.attackers.get("admin")!;
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
    const attacker = inProcess(stage.attackers.get("developer")!);
    const before = await stage.world();
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        for (const { operation, input } of steps) {
          const told = await attacker.call(operationOf(operation), input);
          expect(JSON.stringify(told)).not.toContain(`${CANARY} content`);
        }
        expect(await stage.world()).toBe(before);
      }),
      { numRuns: 100 },
    );
  });
});
