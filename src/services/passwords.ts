import { randomUUID } from "node:crypto";
import { AppError } from "../domain/errors.ts";
import type { Actor, CallContext } from "../domain/identity.ts";
import type { PasswordHasher, Secrets } from "../domain/ports/security.ts";
import type { DirectoryStore, Storage } from "../domain/ports/storage.ts";
import { audit } from "./audit.ts";
import type { Links } from "./links.ts";
import { type MailDelivery, RESET_MS } from "./mail-delivery.ts";
import { type PasswordCheck, requireCurrent } from "./password-check.ts";
import { requirePerson } from "./person.ts";
import { endSessions } from "./sessions.ts";
import type { SignInThrottle } from "./sign-in-throttle.ts";

/** Mails that may wait: strangers choose how many are asked for. */
const MOST_WAITING = 10_000;

export type PasswordService = ReturnType<typeof createPasswordService>;

/** How people set another password: with the old one, or with a code that reached them. Both end all sessions. */
export function createPasswordService(deps: {
  readonly storage: Storage;
  readonly passwords: PasswordHasher;
  readonly checkPassword: PasswordCheck;
  readonly throttle: Pick<SignInThrottle, "countMail">;
  readonly secrets: Secrets;
  readonly mails: Pick<MailDelivery, "enabled" | "wake">;
  readonly links: Links;
  readonly now: () => Date;
}) {
  const { storage, passwords, secrets, mails, now } = deps;

  return {
    /** Throws `unauthenticated` for a wrong old password, and `forbidden` for an API key. */
    async change(actor: Actor, current: string, next: string): Promise<void> {
      requirePerson(actor);
      passwords.check(next);
      const user = await deps.checkPassword(actor.username, current, actor.call.address);
      const passwordHash = await passwords.hash(next, actor.call.address);
      await storage.directory.write(async (store) => {
        await requireCurrent(store, user);
        await store.setPasswordHash(user.id, passwordHash);
        await store.passwordResets.drop(user.id);
        await endSessions(store, actor, user.id);
      });
    },

    /**
     * Has a code mailed to the person of a username or an e-mail address, if there is one and their address is known. The
     * same is done whether there is or not: who that is, is looked up when the mail is sent. Throws `conflict` where the
     * server sends no mail, and `rate_limited` where too many were asked for.
     */
    async requestReset(typed: string): Promise<void> {
      if (!mails.enabled) {
        throw new AppError(
          "conflict",
          "This server sends no mail. Ask its operator for a new password (`promptforge password-reset USERNAME`).",
        );
      }
      await deps.throttle.countMail(typed);
      const at = now();
      const expiresAt = new Date(at.getTime() + RESET_MS);
      await storage.directory.write(async (store) => {
        if ((await store.mails.count({ kind: "password_reset" })) >= MOST_WAITING) {
          throw new AppError("unavailable", "Too many mails are waiting to be sent. Try again later.");
        }
        const mail = {
          id: randomUUID(),
          kind: "password_reset",
          tenantId: undefined,
          about: typed,
          expiresAt,
        } as const;
        await store.mails.add(mail, at);
      });
      mails.wake();
    },

    /** Sets the password of whoever was sent the code, which is used up. Throws `not_found` for a code that is not good. */
    async reset(code: string, password: string, call: CallContext): Promise<void> {
      passwords.check(password);
      const secretHash = secrets.hash(code);
      // Before the password is hashed, which is dear.
      await storage.directory.read((store) => requireReset(store, secretHash));
      const passwordHash = await passwords.hash(password, call.address);
      await storage.directory.write(async (store) => {
        const { userId } = await requireReset(store, secretHash);
        await store.passwordResets.drop(userId);
        await store.setPasswordHash(userId, passwordHash);
        const [first] = await store.membershipsOf(userId);
        await endSessions(store, { userId, tenantId: first?.tenantId, call }, userId);
      });
    },

    /**
     * By the operator: a page on which somebody sets another password, good for an hour. The audit of each tenant of theirs
     * tells of it: whoever has the link can be them. Throws `not_found`.
     */
    async issueReset(username: string, call: CallContext): Promise<string> {
      const { secret, secretHash } = secrets.mint();
      const expiresAt = new Date(now().getTime() + RESET_MS);
      await storage.directory.write(async (store) => {
        const user = await store.findUserByName(username);
        if (user === undefined) throw new AppError("not_found", "Nobody has this username.");
        await store.passwordResets.put({ userId: user.id, secretHash, expiresAt, mailed: false });
        for (const { tenantId } of await store.membershipsOf(user.id)) {
          await audit(store.tenant(tenantId), { call }, { target: { kind: "member", id: user.id } });
        }
      });
      return deps.links.passwordReset(secret);
    },
  };

  async function requireReset(store: DirectoryStore, secretHash: string) {
    const found = await store.passwordResets.find(secretHash, now());
    if (found !== undefined) return found;
    throw new AppError(
      "not_found",
      "The code is not valid: it was used, has expired, or is not complete. Ask for a new one.",
    );
  }
}
