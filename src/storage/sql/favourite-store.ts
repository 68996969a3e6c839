import { and, count, eq } from "drizzle-orm";
import type { FavouriteStore } from "../../domain/ports/favourites.ts";
import type { SqlConnection } from "./connection.ts";
import { favourites } from "./schema.ts";

/** Gives the favourites of any tenant's members. */
export function favouriteStores({ db }: SqlConnection): (tenantId: string) => FavouriteStore {
  return (tenantId) => {
    const ofUser = (userId: string) => and(eq(favourites.tenantId, tenantId), eq(favourites.userId, userId));
    const one = (userId: string, promptId: string) => and(ofUser(userId), eq(favourites.promptId, promptId));
    return {
      async add(userId, promptId, pinnedAt) {
        await db
          .insert(favourites)
          .values({ tenantId, userId, promptId, pinnedAt })
          .onConflictDoNothing()
          .run();
      },
      async remove(userId, promptId) {
        await db.delete(favourites).where(one(userId, promptId)).run();
      },
      async has(userId, promptId) {
        const found = db.select({ id: favourites.promptId }).from(favourites).where(one(userId, promptId));
        return (await found.get()) !== undefined;
      },
      async count(userId) {
        return (await db.select({ count: count() }).from(favourites).where(ofUser(userId)).get())?.count ?? 0;
      },
    };
  };
}
