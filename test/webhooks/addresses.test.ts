import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { catalogue } from "../../src/operations/index.ts";
import { type Answer, type Library, openLibrary, type TestMember } from "../support/library.ts";

/** Of no host; nothing in this test is sent there. */
const PUBLIC = "https://93.184.216.34/hook";

let library: Library;
let time = new Date("2030-01-01T00:00:00Z");
let serial = 0;

beforeAll(async () => {
  library = await openLibrary({
    environment: {
      PROMPTFORGE_QUOTA_WEBHOOKS: "2",
      PROMPTFORGE_OUTGOING_ALLOW: "10.0.0.1, http://keycloak.test:8080",
      PROMPTFORGE_WEBHOOK_ALLOW: "10.0.0.2",
    },
    now: () => time,
  });
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

const waitingFor = async (member: TestMember, id: string): Promise<number> =>
  (await member.call("list_webhooks")).items.find((one: Answer) => one.id === id).waiting;

describe("the address of a webhook", () => {
  it.each([
    "http://93.184.216.34/hook",
    "https://user:password@93.184.216.34/hook",
    "https://127.0.0.1/hook",
    "https://[::1]/hook",
    "https://[::ffff:10.0.0.3]/",
    "https://2130706433/",
    "https://169.254.169.254/latest/meta-data/",
    "https://localhost/hook",
    "https://nobody.invalid/hook",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "no address",
    // What the server itself may call is not what every admin of a tenant may.
    "https://10.0.0.1/",
    "http://keycloak.test:8080/",
  ])("cannot be %s, at its creation and when it is changed, and all are refused alike", async (url) => {
    const admin = await founder();
    const refusal = { code: "invalid_input", message: expect.stringContaining("https, with a host that") };
    await expect(admin.call("create_webhook", { url })).rejects.toMatchObject(refusal);
    const { id } = await admin.call("create_webhook", { url: PUBLIC });
    await expect(admin.call("update_webhook", { id, url })).rejects.toMatchObject(refusal);
    expect((await admin.call("list_webhooks")).items).toMatchObject([{ url: PUBLIC }]);
  });

  it("can be of the inside where the operator has said so", async () => {
    const admin = await founder();
    expect(await admin.call("create_webhook", { url: "https://10.0.0.2/hook" })).toMatchObject({
      active: true,
    });
  });

  it("is in the audit by its host alone, since a path may be a secret", async () => {
    const admin = await founder();
    await admin.call("create_webhook", { url: `${PUBLIC}/T0K3N` });
    const [record] = (await admin.call("get_audit_log", { operation: "create_webhook" })).items;
    expect(record.details).toEqual({ host: "93.184.216.34", events: null, label: null, folder: null });
  });
});

describe("webhooks", () => {
  it("are an admin's alone", async () => {
    const admin = await founder();
    for (const role of ["developer", "reviewer", "viewer"] as const) {
      const member = await library.join(admin, `${role}-${serial}`, role);
      for (const { name } of catalogue.filter((one) => /webhook|^redeliver$/.test(one.name))) {
        const call = member.call(name, { id: "x", url: PUBLIC });
        await expect(call, name).rejects.toMatchObject({ code: "forbidden" });
      }
    }
  });

  it("are as many as the quota says", async () => {
    const admin = await founder();
    for (const n of [1, 2]) await admin.call("create_webhook", { url: `${PUBLIC}/${n}` });
    await expect(admin.call("create_webhook", { url: PUBLIC })).rejects.toMatchObject({
      code: "quota_exceeded",
      details: { quota: "webhooks", allowed: 2 },
    });
    expect((await admin.call("get_quotas")).webhooks).toEqual({ used: 2, allowed: 2 });
  });

  it("are listed by list_webhooks page by page, newest first, without their secrets", async () => {
    const admin = await founder();
    for (const n of [1, 2]) {
      time = new Date(time.getTime() + 1);
      await admin.call("create_webhook", { url: `${PUBLIC}/${n}`, description: `Number ${n}` });
    }
    const first = await admin.call("list_webhooks", { limit: 1 });
    const second = await admin.call("list_webhooks", { limit: 1, cursor: first.next_cursor });
    expect([...first.items, ...second.items].map(({ description }) => description)).toEqual([
      "Number 2",
      "Number 1",
    ]);
    expect(second.next_cursor).toBeNull();
    expect(JSON.stringify([first, second])).not.toMatch(/whsec_|"secret"/);
  });

  it("are exported with their tenant, without their secrets", async () => {
    const admin = await founder();
    await admin.call("create_webhook", { url: PUBLIC, events: ["label.set"], folder: "support" });
    const records: Answer[] = [];
    let cursor: string | null = null;
    do {
      const page: Answer = await admin.call("export_tenant", cursor === null ? {} : { cursor });
      records.push(...page.items);
      cursor = page.next_cursor;
    } while (cursor !== null);
    const webhook = records.find(({ kind }) => kind === "webhook");
    expect(webhook).toMatchObject({ url: PUBLIC, events: ["label.set"], label: null, folder: "support" });
    expect(JSON.stringify(webhook)).not.toMatch(/secret/);
  });

  it("that were made with a key end with it, and a replaced secret makes none: what leaked is taken back whole", async () => {
    const admin = await founder();
    const { id, secret } = await admin.call("create_api_key", { name: "stolen" });
    const made = await withKey(secret, "create_webhook", { url: PUBLIC });
    expect(made).toMatchObject({ made_by: id, active: true });
    await admin.call("create_prompt", { content: "heard" });
    expect(await waitingFor(admin, made.id)).toBe(1);
    await admin.call("rotate_api_key", { id });
    for (const [name, input] of [
      ["create_webhook", { url: PUBLIC }],
      ["update_webhook", { id: made.id, url: PUBLIC }],
      ["rotate_webhook_secret", { id: made.id }],
    ] as const) {
      await expect(withKey(secret, name, input), name).rejects.toMatchObject({ code: "forbidden" });
    }
    await admin.call("revoke_api_key", { id });
    await admin.call("create_prompt", { content: "unheard" });
    expect(await waitingFor(admin, made.id)).toBe(1);
    expect((await admin.call("list_webhooks")).items).toMatchObject([
      { active: false, off_reason: expect.stringContaining("API key") },
    ]);
    const on = admin.call("update_webhook", { id: made.id, active: true });
    await expect(on).rejects.toMatchObject({ code: "conflict" });
    expect(await library.app.webhookDelivery.drain()).toBe(0);
  });

  it("get no address and show no secret by a key with which they do not end", async () => {
    const admin = await founder();
    const [mine, stolen] = [
      await admin.call("create_webhook", { url: PUBLIC }),
      await admin.call("create_api_key", { name: "stolen" }),
    ];
    const elsewhere = { url: `${PUBLIC}/elsewhere` };
    for (const [name, input] of [
      ["update_webhook", { id: mine.id, ...elsewhere }],
      ["rotate_webhook_secret", { id: mine.id }],
    ] as const) {
      await expect(withKey(stolen.secret, name, input), name).rejects.toMatchObject({ code: "forbidden" });
    }
    const switched = { id: mine.id, url: PUBLIC, description: "the same address", active: false };
    expect(await withKey(stolen.secret, "update_webhook", switched)).toMatchObject({ active: false });
    const below = await withKey(stolen.secret, "create_api_key", { name: "below" });
    const made = await withKey(below.secret, "create_webhook", { url: PUBLIC });
    expect(await withKey(stolen.secret, "update_webhook", { id: made.id, ...elsewhere })).toMatchObject({
      ...elsewhere,
      made_by: below.id,
    });
    expect(await withKey(below.secret, "rotate_webhook_secret", { id: made.id })).toHaveProperty("secret");
  });

  // Ten thousand rows, one by one: a minute of a busy PostgreSQL.
  const filling = { timeout: 240_000 };
  it(
    "for which too much waits are switched off, with a reason, rather than the library filled",
    filling,
    async () => {
      const admin = await founder();
      const { id } = await admin.call("create_webhook", { url: PUBLIC });
      const { tenantId } = admin.caller;
      await admin.call("create_prompt", { name: "a/b", content: "x" });
      await library.app.storage.tenant(tenantId).write(async ({ webhooks }) => {
        const [delivery] = await webhooks.listDeliveries(id, { limit: 1 });
        for (let n = 1; n < 10_000; n++) await webhooks.addDelivery({ ...delivery!, id: `copy-${n}` });
      });
      await admin.call("update_prompt", { name: "a/b", content: "the change goes through" });
      expect((await admin.call("list_webhooks")).items).toMatchObject([
        { id, waiting: 10_000, active: false, off_reason: expect.stringContaining("10000 events wait") },
      ]);
      const [record] = (await admin.call("get_audit_log", { target: id })).items;
      expect(record).toMatchObject({ operation: "announce_change", user_id: null });
    },
  );
});
