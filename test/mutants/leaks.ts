import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { readModule, type TenantCondition } from "./tenant-conditions.ts";

/** The storage layer: whatever is in it, now or later, is searched for tenants' conditions. */
export const STORES = join(import.meta.dirname, "../../src/storage/sqlite");

/** A copy of the program in which one condition always holds, so that a statement reaches every tenant's rows. */
export interface Leak {
  /** `prompt-store.ts:18`, and which on that line where there are several. */
  readonly id: string;
  readonly file: string;
  readonly condition: TenantCondition;
}

export function storeFiles(): string[] {
  return readdirSync(STORES).filter((name) => name.endsWith(".ts"));
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
  return storeFiles().flatMap((file) => leaksIn(file, readFileSync(join(STORES, file), "utf8")));
}

/**
 * Puts a switch round every condition of a module, all of them off: one text serves every leak, and nothing is compiled
 * anew for the next. `setup.ts` gives the running program its switches.
 */
export function withSwitches(path: string, text: string): string {
  const file = basename(path);
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

/** The condition, or the same and "or true": parameters stay bound, whatever a statement's text becomes. */
function switched(id: string, { form, source }: TenantCondition): string {
  const leak = `globalThis.plantedLeak(${JSON.stringify(id)})`;
  switch (form) {
    case "call":
      return `${leak}.condition(${source})`;
    case "sql":
      return `\${${leak}.sql("(")}${source}\${${leak}.sql(" or true)")}`;
    case "text":
      return `\${${leak}.text("(")}${source}\${${leak}.text(" or true)")}`;
    case "words":
      return `\${${leak}.planted ? "" : \`${source}\`}`;
  }
}
