import type { Caller, MemberEntry, OwnedKey } from "../domain/identity.ts";
import type { Storage } from "../domain/ports/storage.ts";

/** Who may do what in a tenant at one time. */
export interface AccessReview {
  readonly at: Date;
  /** In the order of their usernames. */
  readonly members: readonly MemberEntry[];
  /** That are not revoked, newest first. */
  readonly keys: readonly OwnedKey[];
}

/** Rows that are read at a time. */
const AT_ONCE = 500;

export type AccessReviewService = ReturnType<typeof createAccessReviewService>;

/** What those look through who have to say regularly that everybody still needs what they have. */
export function createAccessReviewService({
  storage,
  now,
}: {
  readonly storage: Storage;
  readonly now: () => Date;
}) {
  return {
    /** All members and keys of the caller's tenant, and no secrets. */
    review(caller: Caller): Promise<AccessReview> {
      return storage.tenant(caller.tenantId).read(async (store) => ({
        at: now(),
        members: await all((last?: MemberEntry) =>
          store.members.list({ limit: AT_ONCE, after: last?.username }),
        ),
        keys: await all((after?: OwnedKey) => store.keys.listAll({ limit: AT_ONCE, after })),
      }));
    },
  };
}

async function all<Row>(page: (last?: Row) => Promise<Row[]>): Promise<Row[]> {
  const rows: Row[] = [];
  for (;;) {
    const next = await page(rows.at(-1));
    rows.push(...next);
    if (next.length < AT_ONCE) return rows;
  }
}
