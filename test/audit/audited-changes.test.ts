import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { localCall } from "../../src/domain/identity.ts";
import { permissionsOf } from "../../src/domain/roles.ts";
import { catalogue } from "../../src/operations/index.ts";
import { type Answer, type Library, openLibrary, type TestMember } from "../support/library.ts";
import { type RawDatabase, rawDatabase } from "../support/raw-database.ts";
import { ALLOW_NOBODY, changes } from "./changes.ts";

let library: Library;
let database: RawDatabase;
let count = 0;

beforeAll(async () => {
  // A server that nobody is at: mails are added and stay.
  library = await openLibrary({
    environment: {
      PROMPTFORGE_SMTP_URL: "smtp://127.0.0.1:1",
      PROMPTFORGE_MAIL_FROM: "p@example.com",
      ...ALLOW_NOBODY,
    },
  });
  database = await rawDatabase(library);
});
afterEach(() => library.app.mails.settled());
afterAll(async () => {
  await database.close();
  await library.close();
});

async function founder(): Promise<TestMember> {
  count += 1;
  return library.signedIn(await library.found(`founder-${count}`));
}

/** Somebody who reads the audit of a tenant. */
function reader(tenantId: string): TestMember {
  return library.as({
    ...{ tenantId, tenantName: "", userId: "", username: "", role: "admin", credential: "access_token" },
    permissions: permissionsOf("admin"),
    call: localCall("test"),
  });
}

async function rowsOf(tenantId: string): Promise<Answer[]> {
  return (await reader(tenantId).call("get_audit_log")).items;
}

/** Written beside the calls, also after them: counters of attempts, and events that other servers are told of. */
const BESIDE = ["limit_counters", "events"];

/** All rows of all tables, but for what is written beside the calls and the index of words. */
async function everything(): Promise<string> {
  const tables = (await database.tables()).filter(
    (name) => !name.startsWith("prompt_words") && !BESIDE.includes(name),
  );
  const rows: [table: string, rows: string[]][] = [];
  // Those of a table are in no order.
  for (const table of tables.sort())
    rows.push([table, (await database.rows(table)).map((row) => JSON.stringify(row)).sort()]);
  return rows.flatMap(([table, all]) => all.map((row) => `${table} ${row}`)).join("\n");
}

const mutating = catalogue.filter(({ permission, effects }) => permission !== "public" && !effects.readOnly);

describe("what changes something in a tenant", () => {
  it("has a change to try for each operation that is not read-only", () => {
    expect(Object.keys(changes).sort()).toEqual(mutating.map(({ name }) => name).sort());
  });

  it.each(Object.keys(changes))("is told of by the audit: %s", async (name) => {
    const admin = await founder();
    const input = await changes[name]!(admin, library);
    const before = await rowsOf(admin.caller.tenantId);
    const { tenant_id = admin.caller.tenantId } = await admin.call(name, input);
    // Of the tenant that is changed: founding and joining change another one than the call is for.
    const after = await rowsOf(tenant_id);
    if (tenant_id === admin.caller.tenantId) expect(after.length).toBe(before.length + 1);
    expect(after.filter(({ operation }) => operation === name)).toHaveLength(1);
    expect(after[0]).toMatchObject({
      operation: name,
      user_id: admin.caller.userId,
      request_id: "test",
      number: after.length,
    });
    expect(await reader(tenant_id).call("verify_audit_log")).toMatchObject({ intact: true });
  });

  it.each(Object.keys(changes))("is told of to webhooks where it changes a prompt: %s", async (name) => {
    const admin = await founder();
    const input = await changes[name]!(admin, library);
    const { id } = await admin.call("create_webhook", { url: "https://127.0.0.1:1/hears-all" });
    await admin.call(name, input);
    const [record] = await rowsOf(admin.caller.tenantId);
    const told = await admin.call("list_webhook_deliveries", { id });
    // Whom a prompt is a favourite of is nobody else's.
    const tells = record.target.kind === "prompt" && !/^(un)?pin_prompt$/.test(name);
    expect(told.items).toHaveLength(tells ? 1 : 0);
  });

  it.each(Object.keys(changes))("does not happen where the audit cannot be written: %s", async (name) => {
    const admin = await founder();
    const input = await changes[name]!(admin, library);
    await library.app.services.searchHistory.flush();
    await library.app.services.usage.flush();
    await library.app.mails.settled();
    const open = await database.closeToInserts("audit_log");
    try {
      const before = await everything();
      await expect(admin.call(name, input)).rejects.toMatchObject({ code: "internal" });
      expect(await everything()).toBe(before);
    } finally {
      await open();
    }
    await admin.call(name, input);
  });
});
