import Database from "better-sqlite3";
import { type SQL, sql } from "drizzle-orm";
import { NONE } from "./trials.ts";

interface QdrantFilter {
  readonly must: readonly { readonly key?: string }[];
}

let planted = NONE;
let reach: (leak: string) => void = () => undefined;

/** Plants a leak in place of the one before. */
export function plant(leak: string): void {
  planted = leak;
}

/** While no leak is planted, calls back with each whose condition is a part of what is asked of a database or an index. */
export function onReach(callback: (leak: string) => void): void {
  reach = callback;
}

/** What the switches do that `withSwitches` writes into the program. */
Object.assign(globalThis, { plantedLeak: switchOf });

function switchOf(id: string) {
  const [open, close] = bracketsOf(id);
  const isPlanted = () => {
    if (planted === NONE) reach(id);
    return planted === id;
  };
  return {
    open,
    close,
    sqlOpen: sql.raw(open),
    sqlClose: sql.raw(close),
    condition: (condition: SQL) => sql`${sql.raw(open)}${condition}${sql.raw(close)}`,
    isPlanted,
    filter: (filter: QdrantFilter) =>
      isPlanted() ? { ...filter, must: filter.must.filter(({ key }) => key !== "tenant_id") } : filter,
  };
}

/** What stands round a condition: parameters stay bound, whatever a statement's text becomes. */
function bracketsOf(id: string): [string, string] {
  if (planted === id) return ["(", " or true)"];
  // A mark, so that a statement tells of its conditions when it is run, whenever it was prepared.
  return planted === NONE ? ["(", `/*leak ${id}*/)`] : ["", ""];
}

const MARK = /\/\*leak (.+?)\*\//g;

type Ask = (this: Database.Statement, ...parameters: unknown[]) => unknown;

const client = new Database(":memory:");
const statement: Record<string, Ask> = Object.getPrototypeOf(client.prepare("select 1"));
client.close();
for (const name of ["run", "get", "all", "iterate"]) {
  const ask = statement[name];
  if (ask === undefined) throw new Error(`better-sqlite3's statements have no ${name}().`);
  statement[name] = function (...parameters) {
    for (const [, id = ""] of this.source.matchAll(MARK)) reach(id);
    return ask.apply(this, parameters);
  };
}
