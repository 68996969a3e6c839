import { randomUUID } from "node:crypto";
import { AppError } from "../domain/errors.ts";
import type { Actor } from "../domain/identity.ts";
import type { SearchIndex } from "../domain/ports/search.ts";
import type { DirectoryStore, Storage } from "../domain/ports/storage.ts";
import { audit } from "./audit.ts";
import { endAdmin } from "./members.ts";
import { type PasswordCheck, requireCurrent } from "./password-check.ts";
import { requirePerson } from "./person.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const LOOK_EVERY_MS = 60_000;
/** Until another replica takes over from one that was killed; longer than to remove a tenant takes. */
const CLAIM_MS = 10 * 60_000;
/** Prompts that go in one transaction: others write in between. */
const AT_ONCE = 100;

export type LeavingService = ReturnType<typeof createLeavingService>;

/** How a tenant, and a person, go for good. */
export function createLeavingService(deps: {
  readonly storage: Storage;
  readonly searchIndex: Pick<SearchIndex, "inventory" | "prune">;
  readonly checkPassword: PasswordCheck;
  readonly now: () => Date;
  /** Days for which the end of a tenant can be taken back. */
  readonly graceDays: number;
  readonly onFailure: (reason: unknown) => void;
}) {
  const { storage, searchIndex, now, onFailure } = deps;
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closing = false;

  /**
   * Removes what has come to its end, until closed, unless another replica does; one that fails is left for the next time. Gives
   * how many tenants are gone.
   */
  async function removeEnded(): Promise<number> {
    let gone = 0;
    for (const tenantId of await storage.directory.read((store) => store.tenantsEndedBy(now()))) {
      if (closing || !(await storage.claimJob("remove ended tenants", CLAIM_MS))) break;
      try {
        await remove(tenantId);
        gone++;
      } catch (error) {
        onFailure(error);
      }
    }
    return gone;
  }

  /**
   * Rows first, then vectors: the indexer takes back what it wrote of a prompt that had gone meanwhile. The tenant last, so
   * that a removal that was interrupted goes on.
   */
  async function remove(tenantId: string): Promise<void> {
    const tenant = storage.tenant(tenantId);
    while ((await tenant.write((store) => store.prompts.removeSome(AT_ONCE))) > 0);
    const held = await searchIndex.inventory(tenantId);
    for (const promptId of new Set(held.map((entry) => entry.promptId))) {
      await searchIndex.prune(tenantId, promptId);
    }
    await storage.directory.write((store) => store.removeTenant(tenantId));
  }

  function look(): void {
    running ??= removeEnded()
      .then(() => undefined, onFailure)
      .finally(() => {
        running = undefined;
      });
  }

  return {
    /**
     * Ends the caller's tenant after the time of grace; until then nothing of it is served, and an admin may take that back or
     * export it. Throws `invalid_input` unless its name was typed, `conflict` when it ends already, `forbidden` for an API key.
     */
    async deleteTenant(actor: Actor, typedName: string): Promise<Date> {
      requirePerson(actor);
      if (typedName !== actor.tenantName) {
        throw new AppError("invalid_input", "confirm has to be the tenant's name, exactly as it is.");
      }
      const endsAt = new Date(now().getTime() + deps.graceDays * DAY_MS);
      await storage.directory.write(async (store) => {
        if ((await endOf(store, actor)) !== undefined)
          throw new AppError("conflict", "The tenant is being deleted already.");
        await store.setTenantEnd(actor.tenantId, endsAt);
        await audit(store.tenant(actor.tenantId), actor, {
          target: { kind: "tenant", id: actor.tenantId },
          details: { ends_at: endsAt.toISOString() },
        });
      });
      return endsAt;
    },

    /** Throws `conflict` when it is not being deleted. */
    async cancel(actor: Actor): Promise<void> {
      await storage.directory.write(async (store) => {
        const endsAt = await endOf(store, actor);
        if (endsAt === undefined || endsAt <= now()) {
          throw new AppError(
            "conflict",
            "The tenant is not being deleted, or it is too late to take that back.",
          );
        }
        await store.setTenantEnd(actor.tenantId, undefined);
        await audit(store.tenant(actor.tenantId), actor, { target: { kind: "tenant", id: actor.tenantId } });
      });
    },

    /**
     * Ends the caller's account: memberships with keys, sessions and searches, name, password and address. What they wrote stays,
     * by a "deleted-user". Throws `unauthenticated` for a wrong password, and `conflict` where they are the only admin of a tenant
     * that goes on.
     */
    async deleteAccount(actor: Actor, password: string): Promise<void> {
      requirePerson(actor);
      const user = await deps.checkPassword(actor.username, password, actor.call.address);
      await storage.directory.write(async (store) => {
        await requireCurrent(store, user);
        for (const member of await store.membershipsOf(user.id)) {
          const tenant = store.tenant(member.tenantId);
          if (member.role === "admin" && !member.tenantEndsAt) await endAdmin(tenant, actor, member);
          // Also where the tenant is ending: that can be taken back, and the code would be a way in.
          else await tenant.invitations.revokeOf(user.id, actor.call.at);
          await tenant.members.remove(user.id);
          await audit(tenant, actor, {
            target: { kind: "member", id: user.id },
            details: { role: member.role, account: "deleted" },
          });
        }
        await store.oauth.endAllOf(user.id);
        await store.forgetUser(user.id, `deleted-user ${randomUUID().slice(0, 8)}`);
      });
    },

    removeEnded,

    /** Removes what has come to its end, now and then, until closed. */
    start(): void {
      if (timer !== undefined) return;
      look();
      timer = setInterval(look, LOOK_EVERY_MS).unref();
    },
    async close(): Promise<void> {
      closing = true;
      clearInterval(timer);
      await running;
    },
  };
}

/** As it is now: the caller was looked up before the transaction. */
async function endOf(store: DirectoryStore, { tenantId, userId }: Actor): Promise<Date | undefined> {
  return (await store.findMember(tenantId, userId))?.tenantEndsAt;
}
