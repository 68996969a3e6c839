/** What is written to people. */
export type MailKind = "invitation" | "password_reset" | "welcome";

/** A mail that is still to be sent. */
export interface WaitingMail {
  readonly id: string;
  readonly kind: MailKind;
  /** The tenant of what it is about, where that is a tenant's. */
  readonly tenantId: string | undefined;
  /** Id of the invitation or user; of a reset, the name or address that was typed, whether somebody has it or not. */
  readonly about: string;
  /** Times that it could not be sent. */
  readonly attempts: number;
  /** After this it is not worth sending. */
  readonly expiresAt: Date;
}

/** One mail as it goes out: facts for its template, which escapes them. */
export interface Message {
  readonly kind: MailKind;
  /** One address. */
  readonly to: string;
  readonly facts: Readonly<Record<string, string>>;
}
