import { describe, expect, it } from "vitest";
import { AppError } from "../../src/domain/errors.ts";
import { type AssembledPrompt, assemble, type Problem } from "../../src/exchange/assemble.ts";
import { type ImportTarget, type ImportWork, importPrompts } from "../../src/exchange/import-prompts.ts";
import type { ReadItem } from "../../src/exchange/prompt-reader.ts";

/** A library in memory that takes everything, and what was put into it at a time. */
function shelf() {
  const batches: string[][] = [];
  const target: ImportTarget = {
    async put(prompts) {
      batches.push(prompts.map(({ name }) => name));
      return prompts.map(() => ({ outcome: "created", version: 1, notes: [] }));
    },
  };
  return { target, batches };
}

type Given = AssembledPrompt | Problem;

function prompt(name: string, line: number, ignored: readonly string[] = []): Given {
  return {
    kind: "prompt",
    source: { path: "p.jsonl", line },
    prompt: { name, versions: [{ content: name }] },
    ignored,
  };
}

function problem(line: number): Given {
  return { kind: "problem", source: { path: "p.jsonl", line }, message: "Bad." };
}

async function* given(items: readonly Given[]): AsyncGenerator<Given> {
  yield* items;
}

function importInto(target: ImportTarget, items: readonly Given[], work: Partial<ImportWork> = {}) {
  const { signal } = new AbortController();
  return importPrompts({ items: given(items), target, signal, ...work });
}

describe("an import into a library", () => {
  it("puts prompts in together, and reports a problem when all before it is in", async () => {
    const { target, batches } = shelf();
    const seen: number[] = [];
    const report = await importInto(target, [prompt("a", 1), prompt("b", 2), problem(3), prompt("c", 4)], {
      onProblem: () => seen.push(batches.flat().length),
    });
    expect(batches).toEqual([["a", "b"], ["c"]]);
    expect(seen).toEqual([2]);
    expect(report).toMatchObject({ created: 3, problems: [{ path: "p.jsonl", line: 3, message: "Bad." }] });
  });

  it("sends no more than a hundred prompts, or two million characters, at a time", async () => {
    const { target, batches } = shelf();
    await importInto(
      target,
      Array.from({ length: 250 }, (_, n) => prompt(`p${n}`, n + 1)),
    );
    expect(batches.map(({ length }) => length)).toEqual([100, 100, 50]);
    const long = { name: "long", versions: [{ content: "x".repeat(2 * 1024 * 1024) }] } as const;
    await importInto(target, [{ ...prompt("long", 1), prompt: long } as AssembledPrompt, prompt("next", 2)]);
    expect(batches.slice(3)).toEqual([["long"], ["next"]]);
  });

  it("goes on after a prompt that is refused, and counts what files say that has no place", async () => {
    const target: ImportTarget = {
      put: async (prompts) =>
        prompts.map(({ name }) =>
          name === "b"
            ? { outcome: "failed", message: "Too large." }
            : { outcome: "updated", version: 2, notes: name === "c" ? ["A label stays."] : [] },
        ),
    };
    const report = await importInto(target, [
      prompt("a", 1, ["id"]),
      prompt("b", 2, ["id"]),
      prompt("c", 3, ["id", "owner"]),
    ]);
    expect(report).toMatchObject({
      updated: 2,
      problems: [{ line: 2, message: "Too large." }],
      notes: [{ line: 3, message: "A label stays." }],
      notTaken: { id: 2, owner: 1 },
    });
  });

  it("ends when the library fails, and says what is in", async () => {
    const { target } = shelf();
    let calls = 0;
    const failing: ImportTarget = {
      async put(prompts) {
        if (++calls === 2) throw new AppError("unavailable", "Down.");
        return target.put(prompts);
      },
    };
    const report = await importInto(failing, [prompt("a", 1), problem(2), prompt("b", 3)]);
    expect(report).toMatchObject({ created: 1, failure: { code: "unavailable" } });
  });

  it("puts nothing more in when it is told to stop", async () => {
    const { target, batches } = shelf();
    const stop = new AbortController();
    await importInto(target, [prompt("a", 1), problem(2), prompt("b", 3)], {
      signal: stop.signal,
      onProblem: () => stop.abort(),
    });
    expect(batches).toEqual([["a"]]);
  });
});

describe("the versions of a prompt that follow on each other", () => {
  function version(name: string, number: number, line: number): ReadItem {
    const draft = { name: { value: name, derived: false }, version: number, content: `${name} ${number}` };
    return { kind: "prompt", source: { path: "p.jsonl", line }, draft, ignored: [] };
  }

  async function assembled(items: readonly ReadItem[]) {
    const found: unknown[] = [];
    for await (const item of assemble(items, ({ value }) => value)) {
      found.push(
        item.kind === "problem"
          ? item.message
          : [item.prompt.name, ...item.prompt.versions.map((one) => one.version)],
      );
    }
    return found;
  }

  it("are one prompt, the oldest first", async () => {
    expect(await assembled([version("a", 3, 1), version("a", 1, 2), version("b", 2, 3)])).toEqual([
      ["a", 1, 3],
      ["b", 2],
    ]);
  });

  it("are refused together where one of them cannot be taken, wherever it stands", async () => {
    const bad: ReadItem = {
      kind: "problem",
      source: { path: "p.jsonl", line: 9 },
      message: "Empty.",
      name: "a",
    };
    expect(await assembled([version("a", 1, 1), bad, version("b", 1, 3)])).toEqual(["Empty.", ["b", 1]]);
    expect(await assembled([bad, version("a", 2, 2), version("b", 1, 3)])).toEqual(["Empty.", ["b", 1]]);
  });
});
