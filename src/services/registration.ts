import { randomUUID } from "node:crypto";
import { AppError } from "../domain/errors.ts";
import type { CallContext, Member } from "../domain/identity.ts";
import type { PasswordHasher } from "../domain/ports/security.ts";
import type { Storage } from "../domain/ports/storage.ts";
import { audit } from "./audit.ts";

export interface NewAccount {
  readonly username: string;
  readonly password: string;
  /** Name of the tenant to found; the username's own when missing. */
  readonly tenantName?: string | undefined;
}

export type RegistrationService = ReturnType<typeof createRegistrationService>;

/** How people come in. Whoever registers founds a tenant of their own and is its admin: a role is never asked for. */
export function createRegistrationService(deps: {
  readonly storage: Storage;
  readonly passwords: PasswordHasher;
  readonly now: () => Date;
  /** When false, only the operator adds people, with `promptforge init`. */
  readonly open: boolean;
}) {
  const { storage, passwords, now } = deps;

  async function found(account: NewAccount, call: CallContext): Promise<Member> {
    const { username } = account;
    passwords.check(account.password);
    const passwordHash = await passwords.hash(account.password, call.address);
    const createdAt = now();
    const user = { id: randomUUID(), username, passwordHash, createdAt };
    const tenant = { id: randomUUID(), name: account.tenantName ?? username, createdAt };
    await storage.directory.write(async (store) => {
      if ((await store.findUserByName(username)) !== undefined) {
        throw new AppError("conflict", "This username is taken. Choose another one, or sign in.");
      }
      await store.insertUser(user);
      await store.insertTenant(tenant);
      await store.insertMember(tenant.id, user.id, "admin");
      await audit(
        store.tenant(tenant.id),
        { userId: user.id, call },
        { target: { kind: "tenant", id: tenant.id, name: tenant.name } },
      );
    });
    return { tenantId: tenant.id, tenantName: tenant.name, userId: user.id, username, role: "admin" };
  }

  return {
    /** From the network: throws `forbidden` when registration is closed. */
    async register(account: NewAccount, call: CallContext): Promise<Member> {
      if (!deps.open) {
        throw new AppError(
          "forbidden",
          "Registration is closed on this server. Ask its operator for an account.",
        );
      }
      return found(account, call);
    },
    /** By the operator, at the machine. */
    found,
  };
}
