import type { ListedTerm } from "../../domain/ports/words.ts";
import { greatestAt } from "./greatest.ts";

interface Sum {
  readonly row: number;
  /** Of the weights of the terms that the row has. */
  weight: number;
  /** The same, and a part of it again for those in name or title. */
  score: number;
}

/**
 * The rows that come first by weight, at most `limit`, and those that come first by score; ties go by row. Exact, and yet it
 * looks at few rows of common terms: once enough rows have more than all terms that are left could give, no others are taken
 * up [the idea of MaxScore, Turtle and Flood 1995].
 */
export function bestRows(
  lists: readonly ListedTerm[],
  {
    limit,
    titleWeight,
    passing,
  }: {
    readonly limit: number;
    readonly titleWeight: number;
    /** Only these; all without it. */
    readonly passing: ReadonlySet<number> | undefined;
  },
): number[] {
  const sums = new Map<number, Sum>();
  const heaviestFirst = lists.toSorted((a, b) => b.weight - a.weight);
  let left = heaviestFirst.reduce((total, { weight }) => total + weight, 0);
  let given = 0;
  let closed = false;
  for (const { weight, rows, titled } of heaviestFirst) {
    // Nobody has more than was given: only then is it worth a look.
    if (!closed && left < given && sums.size > limit) closed = close();
    if (closed) for (const sum of sums.values()) add(has(rows, sum.row) ? sum : undefined, weight);
    else for (const row of rows) add(sumOf(row), weight);
    for (const row of titled) {
      const sum = sums.get(row);
      if (sum !== undefined) sum.score += titleWeight * weight;
    }
    given += weight;
    left -= weight;
  }
  const best = [...first((sum) => sum.weight), ...first((sum) => sum.score)];
  return [...new Set(best.map(({ row }) => row))].toSorted((a, b) => a - b);

  function sumOf(row: number): Sum | undefined {
    const known = sums.get(row);
    if (known !== undefined || passing?.has(row) === false) return known;
    const sum = { row, weight: 0, score: 0 };
    sums.set(row, sum);
    return sum;
  }

  function add(sum: Sum | undefined, weight: number): void {
    if (sum === undefined) return;
    sum.weight += weight;
    sum.score += weight;
  }

  /** Whether no row that is not taken up can come first any more; if so, drops those that cannot either. */
  function close(): boolean {
    const [leastWeight, leastScore] = [least((sum) => sum.weight), least((sum) => sum.score)];
    const moreScore = left * (1 + titleWeight);
    if (leastWeight <= left || leastScore <= moreScore) return false;
    for (const { row, weight, score } of [...sums.values()]) {
      if (weight + left < leastWeight && score + moreScore < leastScore) sums.delete(row);
    }
    return true;
  }

  /** What the last of the first has. */
  function least(of: (sum: Sum) => number): number {
    return greatestAt(limit, sums.values(), of);
  }

  function first(of: (sum: Sum) => number): Sum[] {
    const last = least(of);
    const better: Sum[] = [];
    const equal: Sum[] = [];
    for (const sum of sums.values()) {
      const value = of(sum);
      if (value > last) better.push(sum);
      else if (value === last) equal.push(sum);
    }
    const room = limit - better.length;
    if (equal.length > room) equal.sort((a, b) => a.row - b.row);
    return [...better, ...equal.slice(0, room)];
  }
}

/** Whether a row is among ascending ones. */
export function has(rows: Uint32Array, row: number): boolean {
  let [low, high] = [0, rows.length - 1];
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const found = rows[middle] ?? 0;
    if (found === row) return true;
    if (found < row) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}
