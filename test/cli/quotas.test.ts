import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { emptyFolder, type Folder } from "./processes.ts";

let folder: Folder;
beforeAll(async () => {
  folder = await emptyFolder();
  await folder.run(["init", "--tenant", "Support team", "--username", "ada"]);
});
afterAll(() => folder.remove());

describe("promptforge tenant", () => {
  it("set-quota says what one tenant may have, and what it does not name stays", async () => {
    const set = (...flags: string[]) => folder.json(["tenant", "set-quota", "Support team", ...flags]);
    expect((await set("--prompts", "1", "--storage-mb", "2")).items).toMatchObject([
      {
        name: "Support team",
        prompts: { used: 0, allowed: 1 },
        storage_bytes: { allowed: 2 * 1024 * 1024 },
      },
    ]);
    expect((await set("--members", "0")).items).toMatchObject([
      { prompts: { allowed: 1 }, members: { used: 1, allowed: null } },
    ]);
    expect((await folder.run(["create", "one", "--content", "x"])).code).toBe(0);
    const refused = await folder.run(["create", "two", "--content", "x"]);
    expect(refused.code).toBe(11);
    expect(refused.stderr).toContain("Your tenant may have 1 prompts");
    await set("--prompts", "default");
    expect((await folder.run(["create", "two", "--content", "x"])).code).toBe(0);
    expect((await folder.json(["quotas"])).prompts).toEqual({ used: 2, allowed: 100_000 });
  });

  it("set-quota is in the tenant's audit log", async () => {
    const { items } = await folder.json(["audit", "list"]);
    const found = items.find(({ operation }: { operation: string }) => operation === "set_quota");
    expect(found).toMatchObject({ user_id: null, details: { quotas: { prompts: null } } });
  });

  it("quotas is a table of all tenants", async () => {
    const { stdout } = await folder.run(["tenant", "quotas"]);
    expect(stdout).toMatch(
      /^ID +NAME +PROMPTS +VERSIONS +STORAGE MIB +MEMBERS\n[\w-]{36} +Support team +2 of 100000/,
    );
  });

  it.each([
    [["tenant", "set-quota", "nobody", "--prompts", "1"], 5, "no tenant of this id or name"],
    [["tenant", "set-quota", "Support team"], 2, "Say what to set"],
    [["tenant", "set-quota", "Support team", "--prompts", "-1"], 2, "whole number"],
    [["tenant", "set-quota", "Support team", "--prompts", "many"], 2, "whole number"],
  ])("refuses %j", async (args, code, words) => {
    const result = await folder.run(args);
    expect([result.code, result.stderr]).toEqual([code, expect.stringContaining(words)]);
  });

  it("set-quota asks which where several have the name", async () => {
    await folder.run(["init", "--tenant", "Support team", "--username", "grace"]);
    const result = await folder.run(["tenant", "set-quota", "Support team", "--prompts", "1"]);
    expect([result.code, result.stderr]).toEqual([
      6,
      expect.stringMatching(/2 tenants .* by its id: [\w-]{36}, /),
    ]);
  });
});
