import { randomUUID } from "node:crypto";
import { AppError } from "../domain/errors.ts";
import type { Actor, CallContext, Caller } from "../domain/identity.ts";
import type { Secrets } from "../domain/ports/security.ts";
import type { DirectoryStore, Storage } from "../domain/ports/storage.ts";
import { type AuditActor, audit } from "./audit.ts";
import type { MailDelivery } from "./mail-delivery.ts";
import { type PasswordCheck, requireCurrent } from "./password-check.ts";
import { requirePerson } from "./person.ts";
import type { SignInThrottle } from "./sign-in-throttle.ts";

/** How long a code that was mailed to an address is good. */
const CLAIM_MS = 24 * 60 * 60 * 1000;

export type EmailAddressService = ReturnType<typeof createEmailAddressService>;

/**
 * The addresses of people, to which codes for new passwords go: one is theirs when a code that was mailed there has come back.
 * Whether it is another account's is told to nobody before that.
 */
export function createEmailAddressService(deps: {
  readonly storage: Storage;
  readonly checkPassword: PasswordCheck;
  readonly throttle: Pick<SignInThrottle, "countMail">;
  readonly secrets: Secrets;
  readonly mails: Pick<MailDelivery, "enabled" | "wake">;
  readonly now: () => Date;
}) {
  const { storage, secrets, mails, now } = deps;

  return {
    /** Throws `forbidden` for an API key. */
    async get(caller: Caller): Promise<string | undefined> {
      requirePerson(caller);
      return (await storage.directory.read((store) => store.findUser(caller.userId)))?.email;
    },

    /**
     * Mails a code to an address that the caller says is theirs; what was asked for before ends. Throws `unauthenticated` for a
     * wrong password, `conflict` where the server sends no mail, `rate_limited` where too many were asked for, and `forbidden`
     * for an API key.
     */
    async claim(actor: Actor, email: string, password: string): Promise<void> {
      requirePerson(actor);
      if (!mails.enabled) {
        throw new AppError(
          "conflict",
          "This server sends no mail. Ask its operator to set your address (`promptforge set-email USERNAME ADDRESS`).",
        );
      }
      const user = await deps.checkPassword(actor.username, password, actor.call.address);
      await deps.throttle.countMail(`address of ${user.id}`);
      const at = now();
      const expiresAt = new Date(at.getTime() + CLAIM_MS);
      await storage.directory.write(async (store) => {
        await requireCurrent(store, user);
        await store.emailClaims.put({ userId: user.id, email, expiresAt });
        const mail = {
          id: randomUUID(),
          kind: "email_confirmation",
          tenantId: undefined,
          about: user.id,
          expiresAt,
        } as const;
        await store.mails.add(mail, at);
        await audit(store.tenant(actor.tenantId), actor, { target: { kind: "member", id: user.id } });
      });
      mails.wake();
    },

    /** Makes an address its person's by the code that was mailed there. Throws `not_found` for a code that is not good, `conflict` where it is another account's. */
    async confirm(code: string, call: CallContext): Promise<string> {
      const email = await storage.directory.write(async (store) => {
        const claim = await store.emailClaims.find(secrets.hash(code), now());
        if (claim === undefined) {
          throw new AppError(
            "not_found",
            "The code is not valid: it was used, has expired, or is not complete. Set the address again.",
          );
        }
        const { userId } = claim;
        await setAddress(store, { userId, call }, userId, claim.email);
        return claim.email;
      });
      mails.wake();
      return email;
    },

    /** By the operator, who vouches for it. Throws `not_found`, and `conflict` as `confirm`. */
    async set(username: string, email: string, call: CallContext): Promise<void> {
      await storage.directory.write(async (store) => {
        const user = await store.findUserByName(username);
        if (user === undefined) throw new AppError("not_found", "Nobody has this username.");
        await setAddress(store, { call }, user.id, email);
      });
    },
  };

  async function setAddress(
    store: DirectoryStore,
    actor: AuditActor,
    userId: string,
    email: string,
  ): Promise<void> {
    const owner = await store.findUserByEmail(email);
    if (owner !== undefined && owner.id !== userId) {
      throw new AppError("conflict", "The address is another account's. Use another one, or that account.");
    }
    const before = (await store.findUser(userId))?.email;
    await store.setEmail(userId, email);
    await store.emailClaims.drop(userId);
    // It went to the address before.
    await store.passwordResets.drop(userId);
    if (before !== undefined && before !== email && mails.enabled) await tellFormer(store, before);
    for (const { tenantId } of await store.membershipsOf(userId)) {
      await audit(store.tenant(tenantId), actor, { target: { kind: "member", id: userId } });
    }
  }

  async function tellFormer({ mails: queue }: DirectoryStore, about: string): Promise<void> {
    const at = now();
    const expiresAt = new Date(at.getTime() + CLAIM_MS);
    const mail = { id: randomUUID(), kind: "email_changed", tenantId: undefined, about, expiresAt } as const;
    await queue.add(mail, at);
  }
}
