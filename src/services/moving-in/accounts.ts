import { newUsernameSchema } from "../../domain/identity.ts";
import { uniqueName } from "../../domain/names.ts";
import type { OriginalUser } from "../../domain/ports/original-library.ts";
import type { DirectoryStore } from "../../domain/ports/storage.ts";
import { ROLES, type Role } from "../../domain/roles.ts";
import { stableId } from "./stable-ids.ts";

/** A user of the original as a member here. */
export interface Account {
  readonly original: OriginalUser;
  readonly userId: string;
  readonly role: Role;
}

/** What an operator should know of somebody who moved in, for a sentence. */
export type AccountNotice =
  | { readonly kind: "renamed"; readonly from: string; readonly to: string }
  | { readonly kind: "no_password"; readonly username: string }
  | { readonly kind: "role"; readonly username: string; readonly from: string; readonly to: Role }
  | { readonly kind: "made_admin"; readonly username: string };

/** Roles of the original that have another name here. */
const ROLE_NAMES: Readonly<Record<string, Role>> = {
  user: "developer",
  editor: "developer",
  member: "developer",
};

const BCRYPT = /^\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{53}$/;
/** No password has this hash. */
const NO_PASSWORD = "!";

/**
 * A tenant's users with the roles that they get: their own, viewer where there is no such role here, and the first of them is
 * admin where nobody else is.
 */
export function accountsOf(originalTenant: string, users: readonly OriginalUser[]): Account[] {
  const accounts = users.map((original) => ({
    original,
    userId: stableId("user", originalTenant, original.id),
    role: roleOf(original.role) ?? "viewer",
  }));
  const [first, ...others] = accounts;
  if (first === undefined || accounts.some(({ role }) => role === "admin")) return accounts;
  return [{ ...first, role: "admin" }, ...others];
}

export function roleOf(original: string): Role | undefined {
  const name = original.trim().toLowerCase();
  return ROLES.find((role) => role === name) ?? ROLE_NAMES[name];
}

/**
 * Writes the account, unless it is there already; gives what there is to say of it and whether it is new. A username that is
 * taken here, or cannot be one here, becomes the next free one: two people are never made one.
 */
export async function addAccount(
  store: DirectoryStore,
  tenantId: string,
  { original, userId, role }: Account,
  createdAt: Date,
): Promise<{ readonly isNew: boolean; readonly notices: AccountNotice[] }> {
  if ((await store.findUser(userId)) !== undefined) return { isNew: false, notices: [] };
  const username = await freeUsername(store, original.username);
  const hasPassword = BCRYPT.test(original.hashedPassword);
  const passwordHash = hasPassword ? original.hashedPassword : NO_PASSWORD;
  await store.insertUser({ id: userId, username, passwordHash, createdAt });
  await store.insertMember(tenantId, userId, role);
  const notices: (AccountNotice | false)[] = [
    username !== original.username.toLowerCase() && {
      kind: "renamed",
      from: original.username,
      to: username,
    },
    !hasPassword && { kind: "no_password", username },
    roleNotice(username, original.role, role),
  ];
  return { isNew: true, notices: notices.filter((notice) => notice !== false) };
}

function roleNotice(username: string, original: string, role: Role): AccountNotice | false {
  const own = roleOf(original);
  if (role === own) return false;
  return role === "admin"
    ? { kind: "made_admin", username }
    : { kind: "role", username, from: original, to: role };
}

async function freeUsername(store: DirectoryStore, wanted: string): Promise<string> {
  const base = newUsernameSchema.catch(usable(wanted)).parse(wanted);
  const taken = new Set<string>();
  for (;;) {
    const name = uniqueName(base, (candidate) => taken.has(candidate));
    if ((await store.findUserByName(name)) === undefined) return name;
    taken.add(name);
  }
}

/** A username of this one's letters and digits. */
function usable(wanted: string): string {
  const slug = wanted
    .toLowerCase()
    .replace(/[^\p{L}\p{N}._@+-]+/gu, "-")
    .replace(/^[^\p{L}\p{N}]+|-+$/gu, "");
  return newUsernameSchema.catch("user").parse(slug.slice(0, 90));
}
