/** What one answer holds at most: the original paths gave everything at once, which has to end somewhere. */
const MAX_ITEMS = 1000;
const MAX_CHARACTERS = 32 * 1024 * 1024;
const PAGE = 100;

interface Page<Item> {
  readonly items: readonly Item[];
  readonly next_cursor: string | null;
}

/**
 * Reads page after page until `query.limit` items, the caps above or the end. `next` is the cursor of what is left.
 * A limit that is no number is handed on for the operation to refuse.
 */
export async function collectPages<Item extends { readonly content?: string | undefined }>(
  query: Readonly<Record<string, unknown>>,
  read: (query: Record<string, unknown>) => Promise<Page<Item>>,
): Promise<{ readonly items: Item[]; readonly next: string | null }> {
  const wanted = query["limit"] ?? MAX_ITEMS;
  if (typeof wanted !== "number") {
    const page = await read({ ...query, limit: wanted });
    return { items: [...page.items], next: page.next_cursor };
  }
  const items: Item[] = [];
  let characters = 0;
  let cursor = query["cursor"];
  for (;;) {
    const limit = Math.min(wanted, MAX_ITEMS) - items.length;
    const page = await read({ ...query, limit: Math.min(limit, PAGE), ...(cursor ? { cursor } : {}) });
    items.push(...page.items);
    characters += page.items.reduce((sum, { content }) => sum + (content?.length ?? 0), 0);
    cursor = page.next_cursor;
    const full = items.length >= Math.min(wanted, MAX_ITEMS) || characters >= MAX_CHARACTERS;
    if (full || page.next_cursor === null) return { items, next: page.next_cursor };
  }
}

/** A Link header to the rest [RFC 8288]; none where nothing is left. */
export function linkToRest(
  path: string,
  query: Readonly<Record<string, unknown>>,
  next: string | null,
): Record<string, string> {
  if (next === null) return {};
  const given = Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]);
  const search = new URLSearchParams({ ...Object.fromEntries(given), cursor: next });
  return { Link: `<${path}?${search}>; rel="next"` };
}
