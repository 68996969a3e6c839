import { randomUUID } from "node:crypto";
import { AppError } from "../domain/errors.ts";
import type { CallContext, Member } from "../domain/identity.ts";
import type { PasswordHasher } from "../domain/ports/security.ts";
import type { DirectoryStore, Storage } from "../domain/ports/storage.ts";
import type { InvitationService } from "./invitations.ts";
import { foundTenant, requireOpenRegistration } from "./tenants.ts";

export interface NewAccount {
  readonly username: string;
  readonly password: string;
  /** Name of the tenant to found; the username's own when missing. */
  readonly tenantName?: string | undefined;
}

export type RegistrationService = ReturnType<typeof createRegistrationService>;

/**
 * How people come in. Whoever registers founds a tenant of their own and is its admin, or joins the one that they were
 * invited to with the role that the invitation carries: a role is never asked for.
 */
export function createRegistrationService(deps: {
  readonly storage: Storage;
  readonly passwords: PasswordHasher;
  readonly invitations: Pick<InvitationService, "admit" | "preview">;
  readonly now: () => Date;
  /** When false, only the operator adds tenants, with `promptforge init`. */
  readonly open: boolean;
}) {
  const { storage, passwords, invitations, now } = deps;

  async function found(account: NewAccount, call: CallContext): Promise<Member> {
    const { username, tenantName = username } = account;
    const tenant = { id: randomUUID(), name: tenantName, createdAt: now() };
    return addUser(account, call, async (store, userId) => {
      await foundTenant(store, tenant, userId, call);
      return { tenantId: tenant.id, tenantName, userId, username, role: "admin" };
    });
  }

  /** An account and its first membership, in one transaction. */
  async function addUser(
    { username, password }: NewAccount,
    { address }: CallContext,
    settle: (store: DirectoryStore, userId: string) => Promise<Member>,
  ): Promise<Member> {
    passwords.check(password);
    const passwordHash = await passwords.hash(password, address);
    const user = { id: randomUUID(), username, passwordHash, createdAt: now() };
    return storage.directory.write(async (store) => {
      if ((await store.findUserByName(username)) !== undefined) {
        throw new AppError("conflict", "This username is taken. Choose another one, or sign in.");
      }
      await store.insertUser(user);
      return settle(store, user.id);
    });
  }

  return {
    /** From the network: throws `forbidden` when registration is closed. */
    async register(account: NewAccount, call: CallContext): Promise<Member> {
      requireOpenRegistration(deps.open);
      return found(account, call);
    },

    /** Joins the tenant of an invitation, also where registration is closed. Throws `not_found` for one that is not valid. */
    async join(account: NewAccount, code: string, call: CallContext): Promise<Member> {
      const { username } = account;
      // Before the password is hashed, which is dear: what is not valid now will not be then.
      await invitations.preview(code);
      return addUser(account, call, (store, userId) =>
        invitations.admit(store, code, { userId, username }, call),
      );
    },

    /** By the operator, at the machine. */
    found,
  };
}
