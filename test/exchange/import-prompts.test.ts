import { describe, expect, it } from "vitest";
import { AppError } from "../../src/domain/errors.ts";
import {
  type ExistingPrompt,
  type ImportTarget,
  type ImportWork,
  importPrompts,
} from "../../src/exchange/import-prompts.ts";
import type { ReadItem } from "../../src/exchange/prompt-reader.ts";

/** A library in memory, and what an import has done to it. */
function shelf(held: Record<string, Partial<ExistingPrompt>> = {}) {
  const prompts = new Map(Object.entries(held));
  const done: string[] = [];
  const target: ImportTarget = {
    find: async (name) => {
      const prompt = prompts.get(name);
      return (
        prompt && {
          content: "",
          title: "",
          description: "",
          tags: [],
          archived_at: null,
          latest_version: 1,
          ...prompt,
        }
      );
    },
    create: async ({ name, ...prompt }) => {
      done.push(`create ${name}`);
      prompts.set(name, prompt);
    },
    update: async ({ name, expected_version, ...prompt }) => {
      done.push(`update ${name} at ${expected_version}`);
      prompts.set(name, prompt);
    },
  };
  return { target, done, prompts };
}

async function* drafts(...contents: readonly [name: string, content: string][]): AsyncGenerator<ReadItem> {
  for (const [n, [value, content]] of contents.entries()) {
    const source = { path: "prompts.jsonl", line: n + 1 };
    yield { kind: "prompt", source, draft: { name: { value, derived: false }, content } };
  }
}

function importInto(target: ImportTarget, items: ImportWork["items"], work: Partial<ImportWork> = {}) {
  const { signal } = new AbortController();
  return importPrompts({ items, target, nameOf: ({ value }) => value, dryRun: false, signal, ...work });
}

describe("an import into a library", () => {
  const held = {
    same: { content: "S" },
    other: { content: "before", latest_version: 7 },
    gone: { content: "G", archived_at: "2026-01-01T00:00:00.000Z" },
  };
  const files = () => drafts(["same", "S"], ["other", "after"], ["gone", "G"], ["new", "N"]);

  it("creates what is not there, updates what is not the same, and leaves the rest alone", async () => {
    const { target, done } = shelf(held);
    const report = await importInto(target, files());
    expect(done).toEqual(["update other at 7", "create new"]);
    expect(report).toMatchObject({ created: 1, updated: 1, unchanged: 1, failure: undefined });
    expect(report.problems).toEqual([
      { path: "prompts.jsonl", line: 3, message: expect.stringContaining("gone is archived") },
    ]);
  });

  it("does nothing when it is only tried, and says the same", async () => {
    const { target, done } = shelf(held);
    const report = await importInto(target, files(), { dryRun: true });
    expect(done).toEqual([]);
    expect(report).toMatchObject({ created: 1, updated: 1, unchanged: 1 });
  });

  it("takes a prompt that another import made meanwhile for the same, and any other for a problem", async () => {
    const { target, prompts } = shelf();
    const racing: ImportTarget = {
      ...target,
      create: async ({ name }) => {
        prompts.set(name, { content: "theirs" });
        throw new AppError("conflict", "A prompt with this name exists already.");
      },
    };
    const report = await importInto(racing, drafts(["a", "theirs"], ["b", "mine"]));
    expect(report).toMatchObject({ created: 0, unchanged: 1 });
    expect(report.problems).toMatchObject([{ line: 2, message: expect.stringContaining("exists already") }]);
  });

  it("goes on after a prompt that is refused, and ends when the library fails", async () => {
    const { target, done } = shelf();
    const answers = [
      new AppError("too_large", "Too large."),
      undefined,
      new AppError("unavailable", "Down."),
    ];
    const failing: ImportTarget = {
      ...target,
      create: async (prompt) => {
        const error = answers.shift();
        if (error !== undefined) throw error;
        await target.create(prompt);
      },
    };
    const report = await importInto(failing, drafts(["a", "A"], ["b", "B"], ["c", "C"], ["d", "D"]));
    expect(done).toEqual(["create b"]);
    expect(report).toMatchObject({ created: 1, problems: [{ line: 1 }], failure: { code: "unavailable" } });
  });
});
