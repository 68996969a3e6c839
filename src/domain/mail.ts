import { asLine } from "./plain-text.ts";

/** What is written to people. */
export type MailKind = "invitation" | "password_reset" | "welcome" | "email_confirmation" | "email_changed";

/** Where a mail program would begin a link. */
const SCHEME = /:\/\//g;
const DOT_OF_A_HOST = /(?<=[\p{L}\p{N}])\.(?=[\p{L}\p{N}])/gu;

/**
 * A name that somebody gave themselves or their tenant, as a mail shows it: on one line, and nothing that a mail program makes a
 * link of. `Win a prize at evil.example` would else come from us.
 */
export function nameInMail(name: string): string {
  return asLine(name).replace(SCHEME, ": ").replace(DOT_OF_A_HOST, "[.]");
}

/** A mail that is still to be sent. */
export interface WaitingMail {
  readonly id: string;
  readonly kind: MailKind;
  /** The tenant of what it is about, where that is a tenant's. */
  readonly tenantId: string | undefined;
  /** Id of the invitation or user; of a reset, the name or address that was typed, whether somebody has it or not; of a change, the address before it. */
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
