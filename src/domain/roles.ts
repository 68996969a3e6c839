export const ROLES = ["admin", "developer", "reviewer", "viewer"] as const;
export type Role = (typeof ROLES)[number];

/** What a credential can be narrowed to: the scopes of access tokens and of API keys. */
export const SCOPES = ["prompts:read", "prompts:write", "prompts:review", "tenant:admin"] as const;
export type Scope = (typeof SCOPES)[number];

export function isScope(permission: string): permission is Scope {
  return SCOPES.some((scope) => scope === permission);
}

/**
 * What an operation may require. `self` is what every credential may: ask whose it is. `account` is what a person does
 * for themselves (their own keys, password, sessions); a credential that is narrowed to scopes does not have it.
 */
export const PERMISSIONS = ["self", "account", ...SCOPES] as const;
export type Permission = (typeof PERMISSIONS)[number];

const ROLE_PERMISSIONS: Readonly<Record<Role, readonly Permission[]>> = {
  admin: PERMISSIONS,
  developer: ["self", "account", "prompts:read", "prompts:write"],
  reviewer: ["self", "account", "prompts:read", "prompts:review"],
  viewer: ["self", "account", "prompts:read"],
};

/**
 * Permissions of a member whose credential is capped at the role `ceiling`, and narrowed to `scopes` where it has some.
 * Roles are not a ladder (a reviewer may do what a developer may not), so both are intersections.
 */
export function permissionsOf(
  role: Role,
  ceiling: Role = role,
  scopes?: readonly Scope[],
): ReadonlySet<Permission> {
  const cap = new Set(ROLE_PERMISSIONS[ceiling]);
  const granted = scopes && new Set<Permission>(["self", ...scopes]);
  return new Set(
    ROLE_PERMISSIONS[role].filter(
      (permission) => cap.has(permission) && (granted === undefined || granted.has(permission)),
    ),
  );
}

/** True when everything that `role` may do is among `held`. */
export function within(role: Role, held: ReadonlySet<Permission>): boolean {
  return ROLE_PERMISSIONS[role].every((permission) => held.has(permission));
}
