import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { readModule, type TenantCondition } from "./tenant-conditions.ts";

/** What keeps tenants apart: whatever is in it, now or later, is searched for their conditions. */
const LAYERS = ["storage/sql", "storage/sqlite", "search/index"].map((name) =>
  join(import.meta.dirname, "../../src", name),
);

/** A copy of the program in which one condition always holds, so that a statement reaches every tenant's rows. */
export interface Leak {
  /** `prompt-store.ts:18`, and which on that line where there are several. */
  readonly id: string;
  readonly file: string;
  readonly condition: TenantCondition;
}

/** The texts of all modules of the layers, by their paths within them. */
export function layerSources(): ReadonlyMap<string, string> {
  return new Map(
    LAYERS.flatMap((layer) =>
      readdirSync(layer, { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".ts"))
        .map((name): [string, string] => [name, readFileSync(join(layer, name), "utf8")]),
    ),
  );
}

/** A module's path within its layer, where it is one of a layer. */
export function layerPath(path: string): string | undefined {
  const layer = LAYERS.find((folder) => path.startsWith(`${folder}/`) && path.endsWith(".ts"));
  return layer && relative(layer, path);
}

/** Every leak that can be planted in a file. */
export function leaksIn(file: string, text: string): Leak[] {
  const { conditions } = readModule(file, text);
  return conditions.map((condition, place) => {
    const before = conditions.slice(0, place).filter(({ line }) => line === condition.line).length;
    return { id: `${file}:${condition.line}${before === 0 ? "" : `#${before + 1}`}`, file, condition };
  });
}

export function allLeaks(): Leak[] {
  return [...layerSources()].flatMap(([file, text]) => leaksIn(file, text));
}

/**
 * Puts a switch round every condition of a module, all of them off: one text serves every leak, and nothing is compiled
 * anew for the next. `switches.ts` gives the running program its switches.
 */
export function withSwitches(file: string, text: string): string {
  const { quoted } = readModule(file, text);
  const edits = leaksIn(file, text).map(({ id, condition }) => ({
    ...condition,
    text: switched(id, condition),
  }));
  const quotes = quoted.flatMap(({ start, end }) => [
    { start, end: start + 1, text: "`" },
    { start: end - 1, end, text: "`" },
  ]);
  return [...edits, ...quotes]
    .toSorted((a, b) => b.start - a.start)
    .reduce((all, edit) => all.slice(0, edit.start) + edit.text + all.slice(edit.end), text);
}

/** What `switches.ts` gives the running program. */
function switched(id: string, { form, source }: TenantCondition): string {
  const leak = `globalThis.plantedLeak(${JSON.stringify(id)})`;
  switch (form) {
    case "call":
      return `${leak}.condition(${source})`;
    case "sql":
      return `\${${leak}.sqlOpen}${source}\${${leak}.sqlClose}`;
    case "text":
      return `\${${leak}.open}${source}\${${leak}.close}`;
    case "filter":
      return `${leak}.filter(${source})`;
    case "words":
      return `\${${leak}.isPlanted() ? "" : \`${source}\`}`;
  }
}
