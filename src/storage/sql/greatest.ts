/**
 * The value of the `rank`th of some items by a value that is never below 0; 0 where they are fewer. Looks at each once, and keeps
 * so many values in a heap whose least is on top: most items are compared with that one and left.
 */
export function greatestAt<Item>(rank: number, items: Iterable<Item>, of: (item: Item) => number): number {
  const heap = new Float64Array(rank);
  for (const item of items) {
    const value = of(item);
    if (value > (heap[0] ?? 0)) replaceLeast(heap, value);
  }
  return heap[0] ?? 0;
}

function replaceLeast(heap: Float64Array, value: number): void {
  let at = 0;
  for (let child = 1; child < heap.length; child = 2 * at + 1) {
    const [left = 0, right = Number.POSITIVE_INFINITY] = [heap[child], heap[child + 1]];
    if (Math.min(left, right) >= value) break;
    heap[at] = Math.min(left, right);
    at = right < left ? child + 1 : child;
  }
  heap[at] = value;
}
