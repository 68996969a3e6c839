import type { Invitation } from "../invitation.ts";

/** A tenant's invitations. */
export interface InvitationStore {
  insert(invitation: Invitation): Promise<void>;
  find(id: string): Promise<Invitation | undefined>;
  /** Those that can be accepted at a time, with the inviter's username, newest first; `after` is the last row of the page before. */
  listOpen(
    at: Date,
    page: {
      readonly limit: number;
      readonly after?: { readonly createdAt: Date; readonly id: string } | undefined;
    },
  ): Promise<(Invitation & { readonly inviter: string })[]>;
  /** Gives it another code. */
  setSecret(id: string, secretHash: string): Promise<void>;
  /** Ends an invitation, one way or the other. */
  settle(
    id: string,
    end: { readonly acceptedAt: Date; readonly acceptedBy: string } | { readonly revokedAt: Date },
  ): Promise<void>;
  /** Revokes the open ones for an address; gives their ids. */
  revokeFor(email: string, at: Date): Promise<string[]>;
  /** Revokes what a user has invited to and nobody has accepted. */
  revokeOf(inviterId: string, at: Date): Promise<void>;
}
