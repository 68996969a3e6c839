import { z } from "zod";
import type { Role } from "./roles.ts";

/** Asks somebody into a tenant, once. Only the hash of its code is stored. */
export interface Invitation {
  readonly id: string;
  readonly role: Role;
  /** The only address whose owner may accept it, where one was given. */
  readonly email: string | undefined;
  readonly inviterId: string;
  /** The API key with which it was made, and with which it ends. */
  readonly keyId: string | undefined;
  readonly secretHash: string;
  /** Whether nobody has its code but the mailbox of its address, so that who accepts it owns that. */
  readonly mailed: boolean;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly acceptedAt: Date | undefined;
  /** The user who accepted it. */
  readonly acceptedBy: string | undefined;
  readonly revokedAt: Date | undefined;
}

/** An invitation as whoever holds its code may see it. */
export interface FoundInvitation {
  readonly invitation: Invitation;
  readonly tenantId: string;
  readonly tenantName: string;
  /** When the tenant, which is being deleted, is gone. */
  readonly tenantEndsAt?: Date | undefined;
  /** Username. */
  readonly inviter: string;
}

/** Whether an invitation can still be accepted. */
export function isOpen(invitation: Invitation, at: Date): boolean {
  return (
    invitation.acceptedAt === undefined && invitation.revokedAt === undefined && invitation.expiresAt > at
  );
}

/** An e-mail address: not case-sensitive here, since hardly any mail server is, and two accounts must not share one. */
export const emailSchema = z
  .string()
  .trim()
  .toLowerCase()
  .max(254)
  .pipe(z.email("An e-mail address is written name@example.com"));
