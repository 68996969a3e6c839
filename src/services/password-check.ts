import { AppError } from "../domain/errors.ts";
import type { User } from "../domain/identity.ts";
import type { PasswordHasher } from "../domain/ports/security.ts";
import type { DirectoryStore, Storage } from "../domain/ports/storage.ts";
import type { SignInThrottle } from "./sign-in-throttle.ts";

/**
 * The person behind a username and a password. Throws `unauthenticated`, in the same words and after the same work for an
 * unknown name and a wrong password, and `rate_limited` when there were too many wrong ones. Every way to sign in asks here.
 * @param address where it was typed, if over the network.
 */
export type PasswordCheck = (
  username: string,
  password: string,
  address: string | undefined,
) => Promise<User>;

/** Whether a password that was checked is the person's still, in the transaction that is to rest on it. */
export async function isCurrent(
  store: Pick<DirectoryStore, "findUser">,
  { id, passwordHash }: User,
): Promise<boolean> {
  return (await store.findUser(id))?.passwordHash === passwordHash;
}

/** Throws `unauthenticated` where it is not. */
export async function requireCurrent(store: Pick<DirectoryStore, "findUser">, user: User): Promise<void> {
  if (await isCurrent(store, user)) return;
  throw new AppError("unauthenticated", "The password was changed in the meantime. Sign in again.");
}

export function createPasswordCheck(deps: {
  readonly storage: Storage;
  readonly passwords: PasswordHasher;
  readonly throttle: SignInThrottle;
}): PasswordCheck {
  const { storage, passwords, throttle } = deps;

  return async function checkPassword(username, password, address) {
    const user = await throttle.attempt({ account: username, address }, async () => {
      const found = await storage.directory.read((store) => store.findUserByName(username));
      const { matches, stale } = await passwords.verify(found?.passwordHash, password, address);
      if (!matches || found === undefined) return undefined;
      return stale ? rehash(found, password, address) : found;
    });
    if (user === undefined) throw new AppError("unauthenticated", "The username or the password is wrong.");
    return user;
  };

  async function rehash(
    user: User,
    password: string,
    address: string | undefined,
  ): Promise<User | undefined> {
    const fresh = await passwords.hash(password, address);
    const current = await storage.directory.write(async (store) => {
      await store.setPasswordHash(user.id, fresh, user.passwordHash);
      return store.findUser(user.id);
    });
    if (current === undefined || current.passwordHash === fresh) return current;
    // Another sign-in has hashed the same password anew meanwhile, or it was changed.
    const { matches } = await passwords.verify(current.passwordHash, password, address);
    return matches ? current : undefined;
  }
}
