import type { ImportedPrompt, ImportedVersion } from "../domain/exchanged.ts";
import type { DraftName, ReadItem, ReadSource } from "./prompt-reader.ts";

export type Problem = Extract<ReadItem, { kind: "problem" }>;

/** A prompt with all the versions that were read of it, under the name that it is imported as. */
export interface AssembledPrompt {
  readonly kind: "prompt";
  readonly source: ReadSource;
  readonly prompt: ImportedPrompt;
  readonly ignored: readonly string[];
}

/** One prompt is held in memory at a time: so many versions, and so many characters of contents. */
const MAX_VERSIONS = 10_000;
const MAX_CHARACTERS = 64 * 1024 * 1024;

/**
 * Puts the versions of a prompt together that follow on each other. One of which a version cannot be taken, or which is too
 * large, is a problem as a whole: nothing of it goes in.
 */
export async function* assemble(
  items: AsyncIterable<ReadItem> | Iterable<ReadItem>,
  nameOf: (name: DraftName) => string,
): AsyncGenerator<AssembledPrompt | Problem> {
  let open: Gathering | undefined;
  for await (const item of items) {
    if (item.kind === "problem") {
      if (open !== undefined && item.name === open.name) open.refuse(item);
      else {
        if (open !== undefined) yield open.close();
        // Versions of the same prompt may follow.
        open = item.name === undefined ? undefined : gather(item.name, item.source);
        open?.refuse(item);
        if (open === undefined) yield item;
      }
      continue;
    }
    const { draft, source, ignored } = item;
    const { name: told, ...version } = draft;
    const name = nameOf(told);
    if (open?.name !== name) {
      if (open !== undefined) yield open.close();
      open = gather(name, source);
    }
    open.add(version, ignored);
  }
  if (open !== undefined) yield open.close();
}

interface Gathering {
  readonly name: string;
  add(version: ImportedVersion, ignored: readonly string[]): void;
  refuse(problem: Problem): void;
  close(): AssembledPrompt | Problem;
}

function gather(name: string, source: ReadSource): Gathering {
  const versions: ImportedVersion[] = [];
  const ignored = new Set<string>();
  let characters = 0;
  let problem: Problem | undefined;
  const refuse = (found: Problem) => {
    problem ??= found;
    versions.length = 0;
  };
  return {
    name,
    add(version, keys) {
      characters += version.content.length;
      for (const key of keys) ignored.add(key);
      if (problem !== undefined) return;
      versions.push(version);
      if (versions.length <= MAX_VERSIONS && characters <= MAX_CHARACTERS) return;
      const message = `The prompt has more than ${MAX_VERSIONS} versions, or more than ${MAX_CHARACTERS} characters in all of them. Import its newer versions alone.`;
      refuse({ kind: "problem", source, message, name });
    },
    refuse,
    close() {
      const [first, ...more] = versions.sort((one, other) => (one.version ?? 0) - (other.version ?? 0));
      if (problem !== undefined || first === undefined) {
        return problem ?? { kind: "problem", source, message: "There is no version of it.", name };
      }
      return { kind: "prompt", source, prompt: { name, versions: [first, ...more] }, ignored: [...ignored] };
    },
  };
}
