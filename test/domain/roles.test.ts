import { describe, expect, it } from "vitest";
import { permissionsOf, ROLES, within } from "../../src/domain/roles.ts";

describe("roles", () => {
  it("let an admin do everything, and nobody else administer", () => {
    for (const role of ROLES) {
      expect(permissionsOf(role).has("tenant:admin")).toBe(role === "admin");
      expect(permissionsOf(role).has("prompts:read")).toBe(true);
    }
  });

  it("let developers write and reviewers review, but not each other's", () => {
    expect([...permissionsOf("developer")]).toEqual(["self", "account", "prompts:read", "prompts:write"]);
    expect([...permissionsOf("reviewer")]).toEqual(["self", "account", "prompts:read", "prompts:review"]);
  });

  it("are capped by a credential's ceiling, whichever is lower", () => {
    expect([...permissionsOf("admin", "viewer")]).toEqual(["self", "account", "prompts:read"]);
    expect([...permissionsOf("viewer", "admin")]).toEqual(["self", "account", "prompts:read"]);
    expect([...permissionsOf("reviewer", "developer")]).toEqual(["self", "account", "prompts:read"]);
  });

  it("are narrowed by a credential's scopes, which leave it only to say whose it is", () => {
    expect([...permissionsOf("admin", "admin", [])]).toEqual(["self"]);
    const granted = permissionsOf("developer", "developer", ["prompts:read", "tenant:admin"]);
    expect([...granted]).toEqual(["self", "prompts:read"]);
  });

  it("are within a set of permissions only when all they may do is", () => {
    expect(within("viewer", permissionsOf("developer"))).toBe(true);
    expect(within("reviewer", permissionsOf("developer"))).toBe(false);
  });
});
