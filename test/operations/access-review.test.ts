import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runHere } from "../cli/processes.ts";
import { librarySettings } from "../support/library.ts";
import { restClient, type ServedLibrary, serveLibrary } from "../support/rest.ts";

let library: ServedLibrary;
beforeAll(async () => {
  library = await serveLibrary();
});
afterAll(() => library.close());

async function reviewed(username: string) {
  const admin = await library.found(username);
  const dev = await library.join(admin, `${username}-dev`, "developer");
  await dev.call("create_api_key", { name: '=cmd|"calc"!A1', scopes: ["prompts:read"], agent: true });
  const ended = await dev.call("create_api_key", { name: "ended" });
  await dev.call("revoke_api_key", { id: ended.id });
  return { admin, dev };
}

describe("export_access_review", () => {
  it("gives an admin all members and living keys, with what each may do, and no secret", async () => {
    const { admin, dev } = await reviewed("ada");
    const review = await admin.call("export_access_review");
    expect(review).toMatchObject({
      tenant: "ada",
      members: [
        { username: "ada", role: "admin" },
        { username: "ada-dev", role: "developer" },
      ],
      keys: [{ username: "ada-dev", role: "developer", scopes: ["prompts:read"], agent: true }],
    });
    expect(review.members[0].joined_at).toMatch(/^\d{4}-/);
    expect(Object.keys(review.keys[0])).not.toContain("secret");
    await expect(dev.call("export_access_review")).rejects.toMatchObject({ code: "forbidden" });
  });

  it("is complete beyond one page of members and keys", async () => {
    const { admin } = await reviewed("grace");
    const { tenantId, userId } = admin.caller;
    await library.app.storage.directory.write(async (store) => {
      for (let n = 0; n < 600; n++) {
        const id = `member-${n}`;
        await store.insertUser({ id, username: `member${n}`, passwordHash: "!", createdAt: new Date(n) });
        await store.insertMember(tenantId, id, "viewer");
        await store.tenant(tenantId).keys.insert({
          id: `key-${n}`,
          userId,
          madeBy: undefined,
          name: "k",
          secretHash: `hash-${n}`,
          prefix: "pf_",
          ceiling: "viewer",
          scopes: undefined,
          agent: false,
          retiring: undefined,
          createdAt: new Date(Math.floor(n / 3)),
          expiresAt: undefined,
          lastUsedAt: undefined,
          revokedAt: undefined,
        });
      }
    });
    const { members, keys } = await admin.call("export_access_review");
    expect(new Set(members.map((member: { username: string }) => member.username)).size).toBe(602);
    expect(new Set(keys.map((key: { id: string }) => key.id)).size).toBe(601);
  });

  it("is a CSV file over REST and in a shell, in which no name is a formula", async () => {
    const { admin } = await reviewed("hopper");
    const key = await admin.key();
    const { status, headers, text } = await restClient(library.url, key)(
      "GET",
      "/v1/tenant/access-review?format=csv",
    );
    expect(status).toBe(200);
    expect(headers.get("Content-Type")).toBe("text/csv; charset=utf-8");
    expect(headers.get("Content-Disposition")).toContain("attachment");
    const lines = text.trimEnd().split("\r\n");
    expect(lines[0]).toMatch(/^kind,username,role,joined_at,key_id,key_name,prefix,scopes,agent/);
    expect(lines).toHaveLength(5);
    expect(text).toContain(`"'=cmd|""calc""!A1"`);
    expect(text).not.toContain(key);

    const env = {
      PROMPTFORGE_DATA_DIR: library.dataDir,
      PROMPTFORGE_TOKEN: key,
      ...(await librarySettings(library.dataDir)),
    };
    const { stdout } = await runHere(["access-review", "--format", "csv"], { env });
    expect(stdout.split("\r\n").slice(0, 4)).toEqual(text.split("\r\n").slice(0, 4));
  });
});
