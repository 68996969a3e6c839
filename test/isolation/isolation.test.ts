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
afterAll(async () => {
  await stage.close();
  await library.close();
});

describe("another tenant", () => {
  it("has a fixture for each operation of the catalogue", () => {
    const missing = catalogue.map(({ name }) => name).filter((name) => !Object.hasOwn(probes, name));
    expect(
      missing,
      `How could ${missing.join(", ")} reach into another tenant? Say it in probes of test/isolation/fixtures.ts: for ` +
        "what names a prompt, `name: (victim) => byReference(victim)`; for what names nothing of anybody's, " +
        "`name: () => [{ theirs: {}, nobodys: {} }]`. What it adds to a tenant is also put into the victim's, by furnish().",
    ).toEqual([]);
    const stale = Object.keys(probes).filter(
      (name) => !catalogue.some((operation) => operation.name === name),
    );
    expect(stale, "These are not in the catalogue any more").toEqual([]);
  });

  it.each(catalogue.filter(({ input }) => "cursor" in input.shape).map(({ name }) => name))(
    "has a fixture for %s with a cursor of the victim's",
    (name) => {
      const cursors = probes[name]?.(victim).map(({ theirs }) => theirs["cursor"]) ?? [];
      expect(cursors.some((cursor) => typeof cursor === "string" && cursor.length > 20)).toBe(true);
    },
  );

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

  it("stays unchanged and unseen in 1,000 random sequences of whatever can be called by two tenants", {
    timeout: 300_000,
  }, async () => {
    // Neither has searched for anything: that would be in its own history.
    const [attacker, third] = [await library.found("fourth"), await library.found("third")].map(inProcess);
    await library.app.services.usage.flush();
    const before = await stage.world();
    await fc.assert(
      fc.asyncProperty(fc.array(steps(victim), { maxLength: 6 }), async (calls) => {
        for (const { operation, input, isThirds } of calls) {
          const told = await (isThirds ? third! : attacker!).call(operationOf(operation), input);
          expect(JSON.stringify(told)).not.toContain(`${CANARY} content`);
        }
        expect(await stage.world()).toBe(before);
      }),
      { numRuns: 1_000 },
    );
  });
});

/** Searching by meaning takes a model some milliseconds: a thousand sequences of it show what one does. */
const SLOW = ["search_prompts", "find_similar", "use_prompt"];

/** A call that reaches for the victim's, or for something under the same name, or that of the other. */
function steps(victim: Victim) {
  const reaching = Object.entries(probes)
    .filter(([operation]) => !SLOW.includes(operation))
    .flatMap(([operation, of]) =>
      of(victim).flatMap(({ theirs, nobodys }) => [theirs, nobodys].map((input) => ({ operation, input }))),
    );
  const name = fc.constantFrom(
    "a",
    "own",
    "folder/a",
    victim.prompt.name,
    victim.prompt.id,
    victim.archived.id,
  );
  const writing = fc.record({
    operation: fc.constantFrom("create_prompt", "update_prompt"),
    input: fc.record({ name, content: fc.string({ minLength: 1 }) }),
  });
  const calls = fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom(...reaching) },
    { weight: 1, arbitrary: writing },
  );
  return fc
    .record({ call: calls, isThirds: fc.boolean() })
    .map(({ call, isThirds }) => ({ ...call, isThirds }));
}
