import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Library, openLibrary, type TestMember } from "../support/library.ts";
import { rawDatabase } from "../support/raw-database.ts";

let library: Library;
let admin: TestMember;
let count = 0;

beforeAll(async () => {
  library = await openLibrary();
  admin = await founder();
  await admin.call("create_prompt", { name: "mail/reply", content: "Reply" });
  await admin.call("update_prompt", { name: "mail/reply", content: "Reply kindly" });
  await admin.call("create_prompt", { name: "mail/forward", content: "Forward" });
});
afterAll(() => library.close());

function founder(): Promise<TestMember> {
  count += 1;
  return library.found(`founder-${count}`);
}

async function withThreePrompts(): Promise<TestMember> {
  const member = await founder();
  for (const name of ["a", "b", "c"]) await member.call("create_prompt", { name, content: name });
  return member;
}

/** Changes the database behind the program's back, as somebody can who owns it; `?`: one value after the other, none of which holds a quote. */
async function tamper(statement: string, ...values: readonly string[]): Promise<void> {
  const database = await rawDatabase(library);
  let at = 0;
  await database.run(statement.replace(/\?/g, () => `'${values[at++]}'`));
  await database.close();
}

describe("get_audit_log", () => {
  it("tells who changed what, newest first, from the founding on", async () => {
    const { items } = await admin.call("get_audit_log");
    expect(items.map((entry: { operation: string }) => entry.operation)).toEqual([
      "create_prompt",
      "update_prompt",
      "create_prompt",
      "test",
    ]);
    expect(items[1]).toMatchObject({
      number: 3,
      username: admin.caller.username,
      key_id: null,
      target: { kind: "prompt", name: "mail/reply" },
      details: { version: 2 },
    });
    expect(items[3].target).toMatchObject({ kind: "tenant", id: admin.caller.tenantId });
  });

  it("names the key with which something was done", async () => {
    const member = await founder();
    const secret = await member.key();
    const caller = await library.app.services.authentication.authenticate(secret);
    const call = { authenticate: async () => caller, requestId: "by key" };
    const { createPrompt } = await import("../../src/operations/create-prompt.ts");
    await library.app.run(createPrompt, { content: "made with a key" }, call);
    const [entry] = (await member.call("get_audit_log")).items;
    expect(entry).toMatchObject({ key_id: caller.key?.id, request_id: "by key" });
    expect(JSON.stringify(entry)).not.toContain(secret);
  });

  it.each([
    [{ operation: "update_prompt" }, [3]],
    [{ target: "mail/reply" }, [3, 2]],
    [{ target_kind: "tenant" }, [1]],
    [{ user: "nobody" }, []],
    [{ since: "2999-01-01" }, []],
    [{ until: "2999-01-01" }, [4, 3, 2, 1]],
  ])("narrows by %j", async (filter, numbers) => {
    const { items } = await admin.call("get_audit_log", filter);
    expect(items.map((entry: { number: number }) => entry.number)).toEqual(numbers);
  });

  it("gives pages that join without a gap, each bound to its filter", async () => {
    const numbers: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await admin.call("get_audit_log", { limit: 1, cursor });
      numbers.push(...page.items.map((entry: { number: number }) => entry.number));
      cursor = page.next_cursor ?? undefined;
      if (cursor !== undefined) {
        const other = admin.call("get_audit_log", { limit: 1, operation: "update_prompt", cursor });
        await expect(other).rejects.toMatchObject({ code: "invalid_input" });
      }
    } while (cursor !== undefined);
    expect(numbers).toEqual([4, 3, 2, 1]);
  });

  it.each(["developer", "reviewer", "viewer"] as const)("is not for a %s", async (role) => {
    const member = await library.join(admin, `curious-${role}`, role);
    await expect(member.call("get_audit_log")).rejects.toMatchObject({ code: "forbidden" });
    await expect(member.call("verify_audit_log")).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("verify_audit_log", () => {
  it("finds nothing wrong with a log that nobody touched, and says where it ends", async () => {
    const verdict = await admin.call("verify_audit_log");
    expect(verdict).toMatchObject({ intact: true, records: 4, broken: null });
    expect(verdict.head).toMatch(/^4:[0-9a-f]{64}$/);
    expect(await admin.call("verify_audit_log", { known_head: verdict.head })).toMatchObject({
      intact: true,
    });
  });

  it.each([
    ["a changed fact", "update audit_log set details = '{}' where tenant_id = ? and number = 3", 3],
    ["a changed person", "update audit_log set user_id = 'x' where tenant_id = ? and number = 2", 2],
    ["a changed time", "update audit_log set at = at + 1 where tenant_id = ? and number = 2", 2],
    ["a missing record", "delete from audit_log where tenant_id = ? and number = 2", 2],
    ["a missing beginning", "delete from audit_log where tenant_id = ? and number = 1", 1],
    ["a cut end", "delete from audit_log where tenant_id = ? and number > 2", 3],
    ["everything gone", "delete from audit_log where tenant_id = ?", 1],
  ])("finds %s", async (_what, statement, number) => {
    const member = await withThreePrompts();
    await tamper(statement, member.caller.tenantId);
    const verdict = await member.call("verify_audit_log");
    expect(verdict).toMatchObject({ intact: false, broken: { number } });
    expect(verdict.broken.reason).not.toBe("");
  });

  it("finds a log that was made anew by the head that was noted before", async () => {
    const member = await withThreePrompts();
    const { head } = await member.call("verify_audit_log");
    const forger = await withThreePrompts();
    const { tenantId } = member.caller;
    await tamper("delete from audit_log where tenant_id = ?", tenantId);
    await tamper(
      "insert into audit_log select ?, number, at, operation, user_id, key_id, target_kind, target_id, target_name, details, request_id, previous_hash, hash from audit_log where tenant_id = ?",
      tenantId,
      forger.caller.tenantId,
    );
    await tamper(
      "update audit_heads set hash = (select hash from audit_heads where tenant_id = ?) where tenant_id = ?",
      forger.caller.tenantId,
      tenantId,
    );
    expect(await member.call("verify_audit_log")).toMatchObject({ intact: true });
    const verdict = await member.call("verify_audit_log", { known_head: head });
    expect(verdict).toMatchObject({ intact: false, broken: { number: 4 } });
  });

  it("finds that a record is gone that was noted, however the head was set", async () => {
    const member = await withThreePrompts();
    const { head } = await member.call("verify_audit_log");
    const { tenantId } = member.caller;
    await tamper("delete from audit_log where tenant_id = ? and number = 4", tenantId);
    await tamper(
      "update audit_heads set number = 3, hash = (select hash from audit_log where tenant_id = ? and number = 3) where tenant_id = ?",
      tenantId,
      tenantId,
    );
    expect(await member.call("verify_audit_log")).toMatchObject({ intact: true });
    expect(await member.call("verify_audit_log", { known_head: head })).toMatchObject({ intact: false });
  });

  it("keeps one chain when fifty changes are made at once", async () => {
    const member = await founder();
    const writes = Array.from({ length: 50 }, (_, n) =>
      member.call("create_prompt", { content: `prompt ${n}` }),
    );
    await Promise.all(writes);
    expect(await member.call("verify_audit_log")).toMatchObject({ intact: true, records: 51 });
  });
});

describe("the audit log", () => {
  it.each(["update audit_log set details = '{}'", "delete from audit_log"])(
    "refuses, in the database itself: %s",
    async (statement) => {
      const database = await rawDatabase(library);
      await expect(database.runGuarded(statement)).rejects.toThrow("only added to");
      await database.close();
    },
  );
});
