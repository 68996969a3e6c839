import Database from "better-sqlite3";

/** An equality with a parameter, as drizzle writes it (`= ?`) and as we do (`= @name`). */
const EQUALITY = /(=|\bis)\s*([?@])/gi;

/**
 * better-sqlite3, with statements that keep their plan. SQLite plans a statement anew when a parameter changes on which its
 * plan could hang, and takes every equality in a join for such a one (it plans differently for 0 and 1). better-sqlite3 clears
 * the parameters after each run, which counts as a change, so that each run of a prepared join began with parsing and
 * planning it: 60 µs where the rest takes 6. A unary plus, which SQLite computes nothing for, keeps a parameter out of that.
 */
export class PlannedDatabase extends Database {
  override prepare<Parameters extends unknown[] | object = unknown[], Row = unknown>(
    source: string,
  ): Database.Statement<Parameters, Row> {
    return super.prepare<Parameters, Row>(keepingPlan(source));
  }
}

export function keepingPlan(source: string): string {
  return source.replace(EQUALITY, "$1 +$2");
}
