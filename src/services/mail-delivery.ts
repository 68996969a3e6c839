import { isOpen } from "../domain/invitation.ts";
import { type Message, nameInMail, type WaitingMail } from "../domain/mail.ts";
import type { Mailer } from "../domain/ports/mail.ts";
import type { Secrets } from "../domain/ports/security.ts";
import type { DirectoryStore, Storage } from "../domain/ports/storage.ts";
import type { Links } from "./links.ts";

const LOOK_EVERY_MS = 15_000;
/** Longer than a server may take for a mail: another process must not send it meanwhile. */
const CLAIM_MS = 120_000;
const FIRST_WAIT_MS = 30_000;
const LONGEST_WAIT_MS = 30 * 60_000;
/** How long a code for a new password is good. */
export const RESET_MS = 60 * 60_000;

export type MailDelivery = ReturnType<typeof createMailDelivery>;

/**
 * Sends what waits in the queue of mails, which whoever has something to say adds to in their own transaction: sending never
 * holds one up, and never fails it. What cannot be sent is tried again, less and less often, until it is not worth it.
 * Codes are made here, when the mail is sent: until then there is none that could be read or lost.
 */
export function createMailDelivery(deps: {
  readonly storage: Storage;
  /** Without one nothing is sent, and nothing should be queued. */
  readonly mailer: Mailer | undefined;
  readonly invitationSecrets: Secrets;
  readonly resetSecrets: Secrets;
  readonly emailSecrets: Secrets;
  readonly links: Links;
  readonly now: () => Date;
  readonly onFailure: (failure: {
    readonly kind: string;
    readonly attempts: number;
    readonly reason: string;
  }) => void;
}) {
  const { storage, mailer, now, onFailure } = deps;
  let running: Promise<void> | undefined;
  let again = false;
  let timer: NodeJS.Timeout | undefined;

  /** Sends what is due, one after the other. */
  async function drain(): Promise<void> {
    while (mailer !== undefined) {
      const at = now();
      const taken = await storage.directory.write(async (store) => {
        const mail = await store.mails.claim(at, new Date(at.getTime() + CLAIM_MS));
        return mail && { mail, message: mail.expiresAt > at ? await compose(store, mail, at) : undefined };
      });
      if (taken === undefined) return;
      const { mail, message } = taken;
      const reason = message && (await send(mailer, message));
      await storage.directory.write(({ mails }) =>
        reason === undefined ? mails.remove(mail.id) : mails.retry(mail.id, nextTry(mail.attempts), reason),
      );
      if (reason !== undefined) onFailure({ kind: mail.kind, attempts: mail.attempts + 1, reason });
    }
  }

  function nextTry(attempts: number): Date {
    return new Date(now().getTime() + Math.min(FIRST_WAIT_MS * 2 ** attempts, LONGEST_WAIT_MS));
  }

  /** `undefined`: there is nobody, or nothing any more, to write about. */
  async function compose(store: DirectoryStore, mail: WaitingMail, at: Date): Promise<Message | undefined> {
    switch (mail.kind) {
      case "invitation":
        return invitation(store, mail, at);
      case "password_reset":
        return passwordReset(store, mail.about, at);
      case "welcome":
        return welcome(store, mail.about);
      case "email_confirmation":
        return emailConfirmation(store, mail.about, at);
      case "email_changed":
        return { kind: mail.kind, to: mail.about, facts: { link: deps.links.home() } };
    }
  }

  async function invitation(
    store: DirectoryStore,
    { tenantId = "", about }: WaitingMail,
    at: Date,
  ): Promise<Message | undefined> {
    const { invitations } = store.tenant(tenantId);
    const found = await invitations.find(about);
    if (found?.email === undefined || !isOpen(found, at)) return undefined;
    const { secret, secretHash } = deps.invitationSecrets.mint();
    await invitations.setSecret(about, secretHash);
    const named = await store.findInvitation(secretHash);
    return (
      named && {
        kind: "invitation",
        to: found.email,
        facts: {
          inviter: nameInMail(named.inviter),
          tenant: nameInMail(named.tenantName),
          role: found.role,
          expires: found.expiresAt.toISOString().slice(0, 10),
          link: deps.links.invitation(secret),
        },
      }
    );
  }

  async function passwordReset(store: DirectoryStore, typed: string, at: Date): Promise<Message | undefined> {
    // The address first, which was shown to be theirs: anybody may register it as a name.
    const user = (await store.findUserByEmail(typed)) ?? (await store.findUserByName(typed));
    if (user?.email === undefined) return undefined;
    const { secret, secretHash } = deps.resetSecrets.mint();
    const expiresAt = new Date(at.getTime() + RESET_MS);
    await store.passwordResets.put({ userId: user.id, secretHash, expiresAt, mailed: true });
    return {
      kind: "password_reset",
      to: user.email,
      facts: { username: user.username, link: deps.links.passwordReset(secret) },
    };
  }

  async function welcome(store: DirectoryStore, userId: string): Promise<Message | undefined> {
    const user = await store.findUser(userId);
    if (user?.email === undefined) return undefined;
    return {
      kind: "welcome",
      to: user.email,
      facts: { username: user.username, link: deps.links.home() },
    };
  }

  async function emailConfirmation(
    store: DirectoryStore,
    userId: string,
    at: Date,
  ): Promise<Message | undefined> {
    const [user, claim] = [await store.findUser(userId), await store.emailClaims.findOf(userId, at)];
    if (user === undefined || claim === undefined) return undefined;
    // Whose it is already hears of no stranger who would like to have it.
    const owner = await store.findUserByEmail(claim.email);
    if (owner !== undefined && owner.id !== userId) return undefined;
    const { secret, secretHash } = deps.emailSecrets.mint();
    await store.emailClaims.setSecret(userId, secretHash);
    return {
      kind: "email_confirmation",
      to: claim.email,
      facts: { username: nameInMail(user.username), link: deps.links.emailConfirmation(secret) },
    };
  }

  function wake(): void {
    again = true;
    running ??= work();
  }

  async function work(): Promise<void> {
    try {
      while (again) {
        again = false;
        await drain();
      }
    } catch (error) {
      onFailure({ kind: "any", attempts: 0, reason: error instanceof Error ? error.message : String(error) });
    } finally {
      running = undefined;
    }
  }

  return {
    enabled: mailer !== undefined,
    /** Something was added: it is sent soon, in this process. */
    wake,
    /** Looks for what is due from now on, until closed. */
    start(): void {
      if (mailer === undefined || timer !== undefined) return;
      wake();
      timer = setInterval(wake, LOOK_EVERY_MS).unref();
    },
    /** Resolves when nothing is under way any more. */
    async settled(): Promise<void> {
      await running;
    },
    async close(): Promise<void> {
      clearInterval(timer);
      again = false;
      await running;
      mailer?.close();
    },
  };
}

/** Why a mail could not be sent; `undefined` when it was. */
async function send(mailer: Mailer, message: Message): Promise<string | undefined> {
  try {
    await mailer.send(message);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : "unknown";
  }
}
