/** A part of a list. `next_cursor` leads to the next part; null at the end. */
export interface Page<Item> {
  readonly items: Item[];
  readonly next_cursor: string | null;
}
