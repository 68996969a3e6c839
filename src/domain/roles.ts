export const ROLES = ["admin", "developer", "reviewer", "viewer"] as const;
export type Role = (typeof ROLES)[number];

/**
 * What an operation may require. `account` is what every member may do for themselves
 * (their own keys, whoami); the others are also the scopes of a credential.
 */
export const PERMISSIONS = [
  "account",
  "prompts:read",
  "prompts:write",
  "prompts:review",
  "tenant:admin",
] as const;
export type Permission = (typeof PERMISSIONS)[number];

const ROLE_PERMISSIONS: Readonly<Record<Role, readonly Permission[]>> = {
  admin: PERMISSIONS,
  developer: ["account", "prompts:read", "prompts:write"],
  reviewer: ["account", "prompts:read", "prompts:review"],
  viewer: ["account", "prompts:read"],
};

/**
 * Permissions of a member whose credential is capped at `ceiling`. Roles are not a ladder
 * (a reviewer may do what a developer may not), so a cap is an intersection.
 */
export function permissionsOf(role: Role, ceiling: Role = role): ReadonlySet<Permission> {
  const cap = new Set(ROLE_PERMISSIONS[ceiling]);
  return new Set(ROLE_PERMISSIONS[role].filter((permission) => cap.has(permission)));
}

/** True when everything that `role` may do is among `held`. */
export function within(role: Role, held: ReadonlySet<Permission>): boolean {
  return ROLE_PERMISSIONS[role].every((permission) => held.has(permission));
}
