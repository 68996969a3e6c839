import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { permissionsOf, ROLES, type Role } from "../../src/domain/roles.ts";
import { type Answer, type Library, openLibrary, type TestMember } from "../support/library.ts";

let library: Library;
beforeAll(async () => {
  library = await openLibrary();
});
afterAll(() => library.close());

let serial = 0;
const unique = (stem: string) => `${stem}${++serial}`;

/** A tenant with its founder and a member of each of these roles. */
async function team(...roles: Role[]): Promise<[TestMember, ...TestMember[]]> {
  const founder = await library.found(unique("founder"));
  const others: TestMember[] = [];
  for (const role of roles) others.push(await library.join(founder, unique(role), role));
  return [founder, ...others];
}

async function rolesOf(member: TestMember): Promise<Record<string, Role>> {
  const { items } = await member.call("list_members");
  return Object.fromEntries(items.map(({ username, role }: Answer) => [username, role]));
}

const nameOf = ({ caller }: TestMember) => caller.username;
const authenticate = (credential: string) => library.app.services.authentication.authenticate(credential);

describe("list_members", () => {
  it("gives all members in pages, in the order of their names", async () => {
    const [founder, ...others] = await team("viewer", "developer", "reviewer");
    const names: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await founder.call("list_members", { limit: 3, cursor });
      names.push(...page.items.map(({ username }: Answer) => username));
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
    expect(names).toEqual([founder, ...others].map(nameOf).sort());
  });

  it("is for admins", async () => {
    const [, developer] = await team("developer");
    await expect(developer!.call("list_members")).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("change_member_role", () => {
  it("binds at the member's next call", async () => {
    const [founder, member] = await team("viewer");
    const key = await member!.key();
    expect((await authenticate(key)).permissions.has("prompts:write")).toBe(false);
    const changed = await founder.call("change_member_role", {
      username: nameOf(member!),
      role: "developer",
    });
    expect(changed).toEqual({ user_id: member!.caller.userId, username: nameOf(member!), role: "developer" });
    expect(await authenticate(key)).toMatchObject({ role: "developer" });
  });

  it("takes no role from the input of anything else", async () => {
    const [founder, member] = await team("viewer");
    await member!.call("whoami", { role: "admin" });
    await founder.call("rename_tenant", { name: "Renamed", role: "viewer", username: nameOf(founder) });
    expect(await rolesOf(founder)).toEqual({ [nameOf(founder)]: "admin", [nameOf(member!)]: "viewer" });
  });

  it("gives no more than the credential holds", async () => {
    const [founder, member] = await team("viewer");
    const narrow = { ...founder.caller, permissions: new Set(["tenant:admin", "prompts:read"] as const) };
    const { members } = library.app.services;
    await expect(members.changeRole(narrow, nameOf(member!), "developer")).rejects.toMatchObject({
      code: "forbidden",
    });
  });

  it("ends what a former admin has invited to: a code would be a way back", async () => {
    const [founder, other] = await team("admin");
    const { code } = await other!.call("create_invitation", { role: "admin" });
    await founder.call("change_member_role", { username: nameOf(other!), role: "viewer" });
    const stranger = await library.found(unique("stranger"));
    await expect(stranger.call("accept_invitation", { code })).rejects.toMatchObject({ code: "not_found" });
  });

  it("knows no member of another tenant", async () => {
    const [founder] = await team();
    const [stranger] = await team();
    for (const username of [nameOf(stranger), "nobody"]) {
      const call = founder.call("change_member_role", { username, role: "viewer" });
      await expect(call).rejects.toMatchObject({ code: "not_found" });
    }
  });
});

describe("remove_member", () => {
  it("ends the membership and its keys at once, and leaves what was written under the name", async () => {
    const [founder, member] = await team("developer");
    await member!.call("create_prompt", { name: "theirs", content: "stays" });
    const key = await member!.key();
    const { token } = await library.app.services.sessions.open(
      async () => member!.caller,
      member!.caller.call,
      { withRefreshToken: true },
    );
    await founder.call("remove_member", { username: nameOf(member!) });
    for (const credential of [key, token]) {
      await expect(authenticate(credential)).rejects.toMatchObject({ code: "unauthenticated" });
    }
    expect(await founder.call("get_prompt", { name: "theirs" })).toMatchObject({ author: nameOf(member!) });
    expect(await rolesOf(founder)).toEqual({ [nameOf(founder)]: "admin" });
  });
});

describe("leave_tenant", () => {
  it("ends one's own membership, and no other", async () => {
    const [founder, member] = await team("reviewer");
    await member!.call("leave_tenant");
    expect(await rolesOf(founder)).toEqual({ [nameOf(founder)]: "admin" });
    expect((await member!.call("list_tenants")).items).toHaveLength(1);
  });

  it("is nothing for an API key, which may have leaked", async () => {
    const [, member] = await team("viewer");
    const caller = await authenticate(await member!.key());
    const left = library.app.services.members.leave({ ...caller, call: member!.caller.call });
    await expect(left).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("the last admin", () => {
  it("cannot leave, be removed or be demoted, and is told what to do", async () => {
    const [founder] = await team("developer");
    const username = nameOf(founder);
    for (const call of [
      founder.call("leave_tenant"),
      founder.call("remove_member", { username }),
      founder.call("change_member_role", { username, role: "viewer" }),
    ]) {
      await expect(call).rejects.toMatchObject({
        code: "conflict",
        details: { reason: "last_admin" },
        message: expect.stringContaining("change_member_role"),
      });
    }
    expect(await rolesOf(founder)).toMatchObject({ [username]: "admin" });
  });

  it("is left over when 50 tries to end two admins meet", async () => {
    const [first, second] = await team("admin");
    const admins = [first, second!];
    const tries = Array.from({ length: 50 }, (_, at) => {
      const [actor, target] = [admins[at % 2]!, admins[(at + (at % 3 === 0 ? 0 : 1)) % 2]!];
      if (at % 5 === 0) return actor.call("leave_tenant");
      if (at % 2 === 0) return actor.call("remove_member", { username: nameOf(target) });
      return actor.call("change_member_role", { username: nameOf(target), role: "viewer" });
    });
    const outcomes = await Promise.allSettled(tries);
    expect(outcomes.some(({ status }) => status === "fulfilled")).toBe(true);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") {
        expect(["conflict", "not_found"]).toContain(outcome.reason.code);
      }
    }
    const roles = await library.app.storage
      .tenant(first.caller.tenantId)
      .read(({ members }) => members.countAdmins());
    expect(roles).toBe(1);
  });

  it("is there after any sequence of changes by admins", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            actor: fc.nat(2),
            target: fc.nat(2),
            change: fc.constantFrom<Role | "remove" | "leave">(...ROLES, "remove", "leave"),
          }),
          { maxLength: 8 },
        ),
        async (steps) => {
          const people = await team("admin", "developer");
          for (const { actor, target, change } of steps) {
            const username = nameOf(people[target]!);
            const by = await asNow(people[actor]!);
            const call =
              change === "leave"
                ? by?.call("leave_tenant")
                : change === "remove"
                  ? by?.call("remove_member", { username })
                  : by?.call("change_member_role", { username, role: change });
            await call?.catch(() => undefined);
          }
          const { tenantId } = people[0].caller;
          const admins = await library.app.storage
            .tenant(tenantId)
            .read(({ members }) => members.countAdmins());
          expect(admins).toBeGreaterThan(0);
        },
      ),
      { numRuns: 10 },
    );
  });
});

/** Somebody with the role that they have by now; `undefined` when they are gone. */
async function asNow(member: TestMember): Promise<TestMember | undefined> {
  const { tenantId, userId } = member.caller;
  const found = await library.app.storage.tenant(tenantId).read(({ members }) => members.find(userId));
  return found && library.as({ ...member.caller, ...found, permissions: permissionsOf(found.role) });
}
