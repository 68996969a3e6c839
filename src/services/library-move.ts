import { createHash } from "node:crypto";
import { AppError } from "../domain/errors.ts";
import type { Cells, MovedTable, MoveReader, MoveSource, MoveTarget } from "../domain/ports/library-move.ts";

const PAGE = 500;
/** With so few changes left, writers are held back for the rest. */
const FEW_CHANGES = 200;
const MOST_ROUNDS = 50;

export interface MoveReport {
  readonly tables: readonly { readonly table: string; readonly rows: number }[];
  /** Since the move began. */
  readonly changes: number;
  /** For so long writers were held back. */
  readonly heldMs: number;
}

/**
 * Moves a library while it is in use: copies all rows as they stand at one moment, then what has changed since, again and again
 * until little is left; then holds writers back, brings the rest, counts, and seals the source, so that no write is acknowledged
 * that the target does not have. At last it compares all rows of both. An interrupted move goes on where it was.
 * Throws `conflict` where the target is another library, and `unavailable` when both do not hold the same in the end: then the
 * source is open again.
 */
export async function moveLibrary(options: {
  readonly source: MoveSource;
  readonly target: MoveTarget;
  /** Parents first. */
  readonly tables: readonly MovedTable[];
  readonly onProgress: (step: MoveStep, done: number) => void;
  readonly signal: AbortSignal;
}): Promise<MoveReport> {
  const { source, target, tables, onProgress, signal } = options;
  await target.adopt(await source.libraryId());
  await source.watch();
  await source.snapshot((reader) => copyAll(reader));
  let changes = await catchUp();
  let heldMs = 0;
  let counts: MoveReport["tables"] = [];
  await source.hold(async (reader) => {
    const heldAt = performance.now();
    changes += (await bring(reader)).count;
    counts = await compareCounts(reader);
    heldMs = performance.now() - heldAt;
    return "sealed";
  });
  try {
    // Of what is sealed: made earlier, it would hold words of prompts that have gone or changed since.
    await target.derive(() => onProgress("words", 1));
    await compareRows();
  } catch (thrown) {
    await source.release();
    throw thrown;
  }
  return { tables: counts, changes, heldMs };

  async function copyAll(reader: MoveReader): Promise<void> {
    const progress = await source.progress();
    for (const table of tables) {
      let after = progress.get(table.name);
      for (;;) {
        signal.throwIfAborted();
        const rows = await reader.page(table, after, PAGE);
        const last = rows.at(-1);
        if (last === undefined) break;
        await target.put(table, rows);
        after = keyOf(table, last);
        await source.setProgress(table, after);
        onProgress("rows", rows.length);
      }
    }
  }

  async function catchUp(): Promise<number> {
    let all = 0;
    for (let round = 0; round < MOST_ROUNDS; round++) {
      signal.throwIfAborted();
      const { count, upTo } = await source.snapshot((reader) => bring(reader));
      await source.forget(upTo);
      all += count;
      if (count < FEW_CHANGES) break;
    }
    return all;
  }

  /** What is noted as changed, as it is now: parents are written first, and removed last. */
  async function bring(reader: MoveReader): Promise<{ readonly count: number; readonly upTo: number }> {
    const { rows, upTo } = await reader.changes();
    const gone: { readonly table: MovedTable; readonly keys: readonly Cells[] }[] = [];
    for (const table of tables) {
      const keys = rows.filter((row) => row.table === table.name).map(({ key }) => key);
      if (keys.length === 0) continue;
      const found = await reader.find(table, keys);
      await target.put(table, found);
      const kept = new Set(found.map((row) => JSON.stringify(keyOf(table, row))));
      gone.unshift({ table, keys: keys.filter((key) => !kept.has(JSON.stringify(key))) });
    }
    for (const { table, keys } of gone) if (keys.length > 0) await target.remove(table, keys);
    return { count: rows.length, upTo };
  }

  async function compareCounts(reader: MoveReader): Promise<MoveReport["tables"]> {
    const counted = [];
    for (const table of tables) {
      const rows = await reader.count(table);
      const there = await target.snapshot((other) => other.count(table));
      if (rows !== there) throw unequal(`${table.name} has ${rows} rows here and ${there} there`);
      counted.push({ table: table.name, rows });
    }
    return counted;
  }

  async function compareRows(): Promise<void> {
    for (const table of tables) {
      const [here, there] = [
        await source.snapshot((reader) => hashOf(reader, table)),
        await target.snapshot((reader) => hashOf(reader, table)),
      ];
      if (here !== there) throw unequal(`the rows of ${table.name} differ`);
      onProgress("compared", 1);
    }
  }
}

export type MoveStep = "rows" | "words" | "compared";

async function hashOf(reader: MoveReader, table: MovedTable): Promise<string> {
  const hash = createHash("sha256");
  let after: Cells | undefined;
  for (;;) {
    const rows = await reader.page(table, after, PAGE);
    for (const row of rows) hash.update(JSON.stringify(row));
    const last = rows.at(-1);
    if (last === undefined) return hash.digest("hex");
    after = keyOf(table, last);
  }
}

function keyOf({ columns, key }: MovedTable, row: Cells): Cells {
  return key.map((name) => row[columns.indexOf(name)] ?? null);
}

function unequal(what: string): AppError {
  return new AppError(
    "unavailable",
    `The move was not finished: ${what}. The library stays where it was; run the command again.`,
  );
}
