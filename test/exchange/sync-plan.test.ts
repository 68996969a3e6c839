import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { planSync, type SyncedState, type SyncPrompt, type SyncStep } from "../../src/exchange/sync-plan.ts";

const NAMES = ["a", "b", "team/c"];
const WORDS = ["one", "two", "three"];

/** Both sides by what they say, and what is remembered; the library counts its changes. */
interface World {
  readonly files: Map<string, string>;
  readonly library: Map<string, { text: string; version: number }>;
  readonly archived: Set<string>;
  readonly remembered: Map<string, SyncedState>;
}

type Change = { readonly side: "here" | "there"; readonly name: string; readonly text: string | undefined };

const changes: fc.Arbitrary<Change[]> = fc.array(
  fc.record({
    side: fc.constantFrom("here" as const, "there" as const),
    name: fc.constantFrom(...NAMES),
    text: fc.option(fc.constantFrom(...WORDS), { nil: undefined }),
  }),
  { maxLength: 8 },
);

function emptyWorld(): World {
  return { files: new Map(), library: new Map(), archived: new Set(), remembered: new Map() };
}

/** As people do it: a text is written, or it is taken away, which archives a prompt. */
function change({ files, library, archived }: World, { side, name, text }: Change): void {
  if (side === "here") {
    if (text === undefined) files.delete(name);
    else files.set(name, text);
  } else if (text === undefined) {
    if (library.delete(name)) archived.add(name);
  } else {
    library.set(name, { text, version: (library.get(name)?.version ?? 0) + 1 });
    archived.delete(name);
  }
}

const pathOf = (name: string) => `${name}.md`;

function plan({ files, library, archived, remembered }: World, unread: string[] = []): SyncStep[] {
  const prompt = ([name, { text, version }]: [string, { text: string; version: number }]) =>
    [
      name,
      {
        path: pathOf(name),
        version,
        hash: `library:${text}`,
        said: () => ({ content: text }),
        losesChat: false,
      },
    ] satisfies [string, SyncPrompt];
  return planSync({
    files: new Map(
      [...files].map(([name, text]) => [
        name,
        { path: pathOf(name), hash: `file:${text}`, said: { content: text } },
      ]),
    ),
    library: new Map([...library].map(prompt)),
    archived,
    remembered,
    unread,
  });
}

/** @param isRemembered `false`: it was killed after the work, and before the memory was written. */
function take(world: World, { name, path, change: kind }: SyncStep, isRemembered = true): void {
  const { files, library, remembered } = world;
  const [file, prompt] = [files.get(name), library.get(name)];
  if (kind === "added_here" || kind === "changed_here") change(world, { side: "there", name, text: file });
  if (kind === "deleted_here") change(world, { side: "there", name, text: undefined });
  if (kind === "added_there" || kind === "changed_there")
    change(world, { side: "here", name, text: prompt?.text });
  if (kind === "deleted_there") files.delete(name);
  if (kind === "conflict" || !isRemembered) return;
  const [text, now] = [files.get(name), library.get(name)];
  if (text === undefined || now === undefined) remembered.delete(name);
  else
    remembered.set(name, {
      path,
      file: `file:${text}`,
      version: now.version,
      library: `library:${now.text}`,
    });
}

function sync(world: World): SyncStep[] {
  const steps = plan(world);
  for (const step of steps) take(world, step);
  return steps;
}

function worldAfter(rounds: readonly Change[][]): World {
  const world = emptyWorld();
  for (const round of rounds) {
    for (const one of round) change(world, one);
    sync(world);
  }
  return world;
}

const conflictsOf = (steps: readonly SyncStep[]) => steps.filter(({ reason }) => reason !== undefined);

describe("planSync", () => {
  it("leaves nothing to do but conflicts, which it finds again", () => {
    fc.assert(
      fc.property(fc.array(changes, { maxLength: 4 }), (rounds) => {
        const world = worldAfter(rounds);
        const left = conflictsOf(plan(world));
        expect(plan(world)).toEqual(left);
        for (const name of NAMES.filter((one) => left.every((step) => step.name !== one))) {
          expect(world.files.get(name)).toBe(world.library.get(name)?.text);
        }
      }),
    );
  });

  it("takes over what has changed on one side, and leaves both sides of a conflict as they are", () => {
    fc.assert(
      fc.property(fc.array(changes, { maxLength: 3 }), changes, (rounds, more) => {
        const world = worldAfter(rounds);
        const inStep = (name: string) => world.files.get(name) === world.library.get(name)?.text;
        const before = new Map(NAMES.filter(inStep).map((name) => [name, world.files.get(name)] as const));
        for (const one of more) change(world, one);
        const sides = (name: string) => [world.files.get(name), world.library.get(name)?.text];
        const changed = new Map(NAMES.map((name) => [name, sides(name)]));
        const steps = sync(world);
        for (const { name } of conflictsOf(steps)) expect(sides(name)).toEqual(changed.get(name));
        for (const [name, old] of before) {
          const [here, there] = changed.get(name) ?? [];
          if (world.archived.has(name) && old === undefined && here !== undefined) continue;
          if (there === old) expect(sides(name)).toEqual([here, here]);
          else if (here === old) expect(sides(name)).toEqual([there, there]);
          else if (here !== there)
            expect(steps).toContainEqual(expect.objectContaining({ name, change: "conflict" }));
        }
      }),
    );
  });

  it("finds its own work done after it was killed before the memory was written", () => {
    fc.assert(
      fc.property(fc.array(changes, { maxLength: 3 }), changes, fc.nat(4), (rounds, more, killed) => {
        const [whole, broken] = [worldAfter(rounds), worldAfter(rounds)];
        for (const one of more) for (const world of [whole, broken]) change(world, one);
        const first = sync(whole);
        for (const step of plan(broken).slice(0, killed)) take(broken, step, false);
        sync(broken);
        expect(broken.files).toEqual(whole.files);
        expect(broken.library).toEqual(whole.library);
        expect(conflictsOf(plan(broken))).toEqual(conflictsOf(first));
      }),
    );
  });

  it("takes no file for gone that cannot be read, nor one in a folder that cannot", () => {
    for (const unread of ["team/c.md", "team"]) {
      const world = worldAfter([[{ side: "here", name: "team/c", text: "one" }]]);
      world.files.clear();
      expect(plan(world, [unread])).toEqual([
        { name: "team/c", path: "team/c.md", change: "conflict", reason: "unread" },
      ]);
    }
  });

  it("writes no prompt where another one's file lies", () => {
    const world = emptyWorld();
    change(world, { side: "there", name: "a", text: "one" });
    expect(plan(world, ["a.md"])).toEqual([
      { name: "a", path: "a.md", change: "conflict", reason: "path_taken" },
    ]);
  });

  it("compares what was never in step by what it says, and not by how it is written", () => {
    const file = { path: "A b.md", hash: "1", said: { content: "x" } };
    const prompt: SyncPrompt = {
      ...{ path: "a-b.md", version: 3, hash: "2", losesChat: false },
      said: () => ({ content: "x", title: "T" }),
    };
    const world = {
      files: new Map([["a-b", file]]),
      library: new Map([["a-b", prompt]]),
      ...{ archived: new Set<string>(), remembered: new Map(), unread: [] },
    };
    expect(planSync(world)).toEqual([{ name: "a-b", path: "A b.md", change: "in_step" }]);
    const other = { ...world, files: new Map([["a-b", { ...file, said: { content: "y" } }]]) };
    expect(planSync(other)).toMatchObject([{ change: "conflict", reason: "both_exist" }]);
  });

  it("leaves a changed file of a chat alone where the format has no chats", () => {
    const world = {
      files: new Map([["a", { path: "a.md", hash: "new", said: { content: "new" } }]]),
      library: new Map([
        ["a", { path: "a.md", version: 1, hash: "L", losesChat: true, said: () => ({ content: "old" }) }],
      ]),
      remembered: new Map([["a", { path: "a.md", file: "old", version: 1, library: "L" }]]),
      ...{ archived: new Set<string>(), unread: [] },
    };
    expect(planSync(world)).toMatchObject([{ change: "conflict", reason: "chat" }]);
  });
});
