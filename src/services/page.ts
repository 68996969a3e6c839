import type { CursorPosition, CursorScope, Cursors } from "../domain/ports/security.ts";

/** A part of a list. `next_cursor` leads to the next part; null at the end. */
export interface Page<Item> {
  readonly items: Item[];
  readonly next_cursor: string | null;
}

/** Which part of a list is asked for. */
export interface PageRequest {
  readonly limit: number;
  /** Of the part before. */
  readonly cursor?: string | undefined;
}

export interface PagedList<Row> {
  readonly cursors: Cursors;
  /** What a cursor of the list is good for. */
  readonly scope: CursorScope;
  /** The first rows behind a position, or of all. */
  readonly read: (limit: number, after: CursorPosition | undefined) => Promise<readonly Row[]>;
  /** Where a row stands in the order of the list. */
  readonly positionOf: (row: Row) => CursorPosition;
}

/**
 * A page by keyset pagination: one row more than asked for tells whether there is a next one. Throws `invalid_input` for a
 * cursor of another list.
 */
export async function pageOf<Row>({ limit, cursor }: PageRequest, list: PagedList<Row>): Promise<Page<Row>> {
  const { cursors, scope, read, positionOf } = list;
  const after = cursor === undefined ? undefined : cursors.open(scope, cursor);
  const rows = await read(limit + 1, after);
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  const hasMore = rows.length > limit && last !== undefined;
  return { items, next_cursor: hasMore ? cursors.seal(scope, positionOf(last)) : null };
}
