import { randomUUID } from "node:crypto";
import { AppError } from "../domain/errors.ts";
import type { CallContext, Member } from "../domain/identity.ts";
import type { PasswordHasher } from "../domain/ports/security.ts";
import type { DirectoryStore, Storage } from "../domain/ports/storage.ts";
import type { InvitationService } from "./invitations.ts";
import type { MailDelivery } from "./mail-delivery.ts";
import { foundTenant, requireOpenRegistration } from "./tenants.ts";

export interface NewAccount {
  readonly username: string;
  readonly password: string;
  /** Name of the tenant to found; the username's own when missing. */
  readonly tenantName?: string | undefined;
}

/** After this a welcome is none any more. */
const GREETING_MS = 24 * 60 * 60 * 1000;

export type RegistrationService = ReturnType<typeof createRegistrationService>;

/**
 * How people come in. Whoever registers founds a tenant of their own and is its admin, or joins the one that they were
 * invited to with the role that the invitation carries: a role is never asked for.
 */
export function createRegistrationService(deps: {
  readonly storage: Storage;
  readonly passwords: PasswordHasher;
  readonly invitations: Pick<InvitationService, "admit" | "preview">;
  readonly mails: Pick<MailDelivery, "wake">;
  readonly now: () => Date;
  /** When false, only the operator adds tenants, with `promptforge init`. */
  readonly open: boolean;
}) {
  const { storage, passwords, invitations, mails, now } = deps;

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

  /** Writes to whoever has shown an address to be theirs. */
  async function greet(store: DirectoryStore, userId: string): Promise<void> {
    const user = await store.findUser(userId);
    if (user?.email === undefined) return;
    const at = now();
    const expiresAt = new Date(at.getTime() + GREETING_MS);
    await store.mails.add(
      { id: randomUUID(), kind: "welcome", tenantId: undefined, about: userId, expiresAt },
      at,
    );
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
      const joined = await addUser(account, call, async (store, userId) => {
        const member = await invitations.admit(store, code, { userId, username, isNew: true }, call);
        await greet(store, userId);
        return member;
      });
      mails.wake();
      return joined;
    },

    /** By the operator, at the machine. */
    found,
  };
}
