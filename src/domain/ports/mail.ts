import type { MailKind, Message, WaitingMail } from "../mail.ts";

/** Sends mails by a server of the operator's. */
export interface Mailer {
  /** Resolves when the server has taken it. Rejects with a reason that holds nothing of the mail. */
  send(message: Message): Promise<void>;
  close(): void;
}

/** Mails that are still to be sent. */
export interface MailQueue {
  /** Adds a mail, due at once, unless one of its kind about the same waits already. */
  add(mail: Omit<WaitingMail, "attempts">, dueAt: Date): Promise<void>;
  /** How many wait: of all, of one kind, or of one kind and tenant. */
  count(of?: { readonly kind: MailKind; readonly tenantId?: string }): Promise<number>;
  /** Takes the mail that has been due longest, and hides it from others until `hiddenUntil`; `undefined` when none is due. */
  claim(at: Date, hiddenUntil: Date): Promise<WaitingMail | undefined>;
  /** Not sent: due again. `reason` is kept for the operator. */
  retry(id: string, dueAt: Date, reason: string): Promise<void>;
  /** Sent, or not worth sending any more. */
  remove(id: string): Promise<void>;
  /** Of some invitations those whose mail still waits, and how often it has failed. */
  waitingAbout(ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
}

/** Addresses that people say are theirs, and have still to show. */
export interface EmailClaimStore {
  /** In place of an earlier one of the same person, whose code ends. */
  put(claim: EmailClaim): Promise<void>;
  findOf(userId: string, at: Date): Promise<EmailClaim | undefined>;
  /** Gives it a code. */
  setSecret(userId: string, secretHash: string): Promise<void>;
  find(secretHash: string, at: Date): Promise<EmailClaim | undefined>;
  drop(userId: string): Promise<void>;
}

export interface EmailClaim {
  readonly userId: string;
  readonly email: string;
  readonly expiresAt: Date;
}

/** Codes with which people set another password. */
export interface PasswordResetStore {
  /** In place of an earlier one of the same person. */
  put(reset: {
    readonly userId: string;
    readonly secretHash: string;
    readonly expiresAt: Date;
    readonly mailed: boolean;
  }): Promise<void>;
  /** Whose code it is, unless it has expired. */
  find(
    secretHash: string,
    at: Date,
  ): Promise<{ readonly userId: string; readonly mailed: boolean } | undefined>;
  drop(userId: string): Promise<void>;
}
