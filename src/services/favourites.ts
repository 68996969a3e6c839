import { AppError } from "../domain/errors.ts";
import type { Actor } from "../domain/identity.ts";
import type { Storage } from "../domain/ports/storage.ts";
import { audit } from "./audit.ts";
import { FOREMOST } from "./foremost.ts";
import { requirePrompt } from "./lookup.ts";

/** As many as stand in front of a list. */
const MAX_FAVOURITES = FOREMOST;

export type FavouriteService = ReturnType<typeof createFavouriteService>;

/** The prompts that each member has pinned, for themselves alone. */
export function createFavouriteService(deps: { readonly storage: Storage; readonly now: () => Date }) {
  const { storage, now } = deps;

  return {
    /** Doing it again changes nothing. Throws `conflict` where there would be too many. */
    pin(caller: Actor, ref: string) {
      return set(caller, ref, true);
    },

    unpin(caller: Actor, ref: string) {
      return set(caller, ref, false);
    },
  };

  function set(caller: Actor, ref: string, pinned: boolean) {
    const { userId } = caller;
    return storage.tenant(caller.tenantId).write(async (store) => {
      const { id, name } = await requirePrompt(store, ref);
      const answer = { id, name, pinned };
      if ((await store.favourites.has(userId, id)) === pinned) return answer;
      if (pinned && (await store.favourites.count(userId)) >= MAX_FAVOURITES) {
        throw new AppError(
          "conflict",
          `You have ${MAX_FAVOURITES} favourites, which is as many as there can be. Take one off with unpin_prompt.`,
          { allowed: MAX_FAVOURITES },
        );
      }
      if (pinned) await store.favourites.add(userId, id, now());
      else await store.favourites.remove(userId, id);
      await audit(store, caller, { target: { kind: "prompt", id, name }, details: { pinned } });
      return answer;
    });
  }
}
