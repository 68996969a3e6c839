import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { catalogue } from "../../src/operations/index.ts";
import { type Answer, type Library, openLibrary, type TestMember } from "../support/library.ts";

let library: Library;
let time = new Date("2030-01-01T00:00:00Z");
let serial = 0;

beforeAll(async () => {
  library = await openLibrary({ now: () => time });
});
afterAll(() => library.close());

function founder(): Promise<TestMember> {
  serial += 1;
  return library.found(`founder-${serial}`);
}

async function withKey(secret: string, name: string, input: object = {}): Promise<Answer> {
  const operation = catalogue.find((candidate) => candidate.name === name)!;
  const authenticate = () => library.app.services.authentication.authenticate(secret);
  return library.app.run(operation, input, { authenticate, requestId: "test" });
}

const DAY_MS = 24 * 60 * 60 * 1000;

describe("an invitation that was made with a key", () => {
  it("ends with the key: create_invitation gives no way back to whoever stole it", async () => {
    const owner = await founder();
    const guest = await founder();
    const { id, secret } = await owner.call("create_api_key", { name: "stolen" });
    const { code } = await withKey(secret, "create_invitation", { role: "admin" });
    await owner.call("revoke_api_key", { id });
    await expect(guest.call("accept_invitation", { code })).rejects.toMatchObject({ code: "not_found" });
  });

  it("lives no longer than the key", async () => {
    const owner = await founder();
    const { secret } = await owner.call("create_api_key", { name: "short", expires_in_days: 1 });
    const invitation = await withKey(secret, "create_invitation", { role: "viewer", expires_in_days: 30 });
    expect(new Date(invitation.expires_at).getTime()).toBe(time.getTime() + DAY_MS);
  });

  it("is not made with a secret that was replaced, nor is a role given with it", async () => {
    const owner = await founder();
    await library.join(owner, `member-${serial}`, "viewer");
    const { id, secret } = await owner.call("create_api_key", { name: "rotated" });
    await owner.call("rotate_api_key", { id, overlap_hours: 1 });
    const invite = withKey(secret, "create_invitation", { role: "viewer" });
    await expect(invite).rejects.toMatchObject({ code: "forbidden" });
    const raise = withKey(secret, "change_member_role", { username: `member-${serial}`, role: "admin" });
    await expect(raise).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("an agent's key", () => {
  it("administers nothing, though its maker does: it lets in nobody who would decide for it", async () => {
    const owner = await founder();
    const { secret } = await owner.call("create_api_key", { name: "agent", agent: true });
    for (const [name, input] of [
      ["create_invitation", { role: "admin" }],
      ["set_review_policy", { approvals: 1, protected_labels_need_approval: false }],
      ["set_protected_labels", { labels: [] }],
      ["export_tenant", {}],
    ] as const) {
      await expect(withKey(secret, name, input), name).rejects.toMatchObject({ code: "forbidden" });
    }
    expect(await withKey(secret, "create_prompt", { content: "proposed" })).toMatchObject({ version: 1 });
  });
});

describe("an admin's open invitations", () => {
  it("end with the account, also while the tenant is ending", async () => {
    const owner = await founder();
    const other = await library.join(owner, `other-${serial}`, "admin");
    const guest = await founder();
    const { code } = await owner.call("create_invitation", { role: "admin" });
    const { tenantName } = owner.caller;
    await owner.call("delete_tenant", { confirm: tenantName });
    await owner.call("delete_account", { password: "correct horse battery staple" });
    await other.call("cancel_tenant_deletion");
    await expect(guest.call("accept_invitation", { code })).rejects.toMatchObject({ code: "not_found" });
    time = new Date(time.getTime() + 1);
  });
});
