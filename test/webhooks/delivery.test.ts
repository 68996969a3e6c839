import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Answer, type Library, openLibrary, type TestMember } from "../support/library.ts";
import { openReceiver, type Receiver, TO_RECEIVERS, TO_RECEIVERS_IMPATIENTLY } from "../support/receiver.ts";

const HOUR_MS = 60 * 60_000;

let library: Library;
let admin: TestMember;
let receiver: Receiver;
/** Ahead of the system's clock, as a test has it. */
let ahead: number;

beforeEach(async () => {
  receiver = await openReceiver();
  await start(TO_RECEIVERS);
});
afterEach(() => library.close());

async function start(environment: Record<string, string>): Promise<void> {
  ahead = 0;
  library = await openLibrary({ environment, now: () => new Date(Date.now() + ahead) });
  admin = await library.found("ada");
}

async function startImpatient(): Promise<void> {
  await library.close();
  await start(TO_RECEIVERS_IMPATIENTLY);
}

const deliver = () => library.app.webhookDelivery.drain();
const create = (input: object = {}): Promise<Answer> =>
  admin.call("create_webhook", { url: receiver.url, ...input });
const find = async (id: string): Promise<Answer> =>
  (await admin.call("list_webhooks")).items.find((one: Answer) => one.id === id);
const logOf = async (id: string, rest: object = {}): Promise<Answer[]> =>
  (await admin.call("list_webhook_deliveries", { id, ...rest })).items;

async function aPrompt(name = "support/triage"): Promise<string> {
  return (await admin.call("create_prompt", { name, content: "A very secret content" })).name;
}

/** Delivers what is due, and once more whenever the next attempt is, so many times. */
async function attempts(count: number, id: string): Promise<void> {
  for (let n = 0; n < count; n++) {
    await deliver();
    const [next] = (await logOf(id, { state: "waiting" })).map((one) => Date.parse(one.next_attempt_at));
    if (next === undefined) return;
    ahead = next - Date.now() + 1;
  }
}

describe("create_webhook", () => {
  it("makes an address hear of a new prompt: who did what to which, signed, and never the content", async () => {
    const { secret } = await create();
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    await aPrompt();
    expect(await deliver()).toBe(1);
    const [message] = receiver.received;
    expect(new Webhook(secret).verify(message!.text, message!.headers as Record<string, string>)).toEqual({
      id: message!.headers["webhook-id"],
      type: "prompt.created",
      timestamp: expect.any(String),
      tenant_id: admin.caller.tenantId,
      actor: { id: admin.caller.userId, username: "ada" },
      data: { prompt: { id: expect.any(String), name: "support/triage" }, version: 1 },
    });
    expect(message!.headers["content-type"]).toBe("application/json");
    expect(message!.text).not.toContain("secret content");
    expect(await deliver()).toBe(0);
  });

  it("tells of every kind of change, in its order", async () => {
    await create();
    const name = await aPrompt();
    const author = await library.join(admin, "bob", "developer");
    await author.call("update_prompt", { name, content: "Second" });
    await admin.call("restore_version", { name, version: 1 });
    await admin.call("tag_prompt", { name, add: ["mail"] });
    for (const version of [1, 3]) await admin.call("set_label", { name, label: "production", version });
    await admin.call("rollback_label", { name, label: "production" });
    await admin.call("remove_label", { name, label: "production" });
    await admin.call("submit_for_review", { name, version: 2 });
    await admin.call("review_prompt", { name, version: 2, decision: "reject", comment: "A private remark" });
    await admin.call("archive_prompt", { name });
    await admin.call("restore_prompt", { name });
    await admin.call("rename_prompt", { name, new_name: "mail/sort" });
    await admin.call("remove_redirect", { name });
    await admin.call("archive_prompt", { name: "mail/sort" });
    await admin.call("delete_prompt", { name: "mail/sort", confirm: "mail/sort" });
    await deliver();
    const told = receiver.received.map(({ body: { type, actor, data } }) => {
      const { prompt: _prompt, ...facts } = data;
      return [type, actor.username, facts];
    });
    expect(told).toEqual([
      ["prompt.created", "ada", { version: 1 }],
      ["prompt.updated", "bob", { version: 2 }],
      ["prompt.version_restored", "ada", { version: 3 }],
      ["prompt.tagged", "ada", { version: 3 }],
      ["label.set", "ada", { label: "production", version: 1, previous_version: null }],
      ["label.set", "ada", { label: "production", version: 3, previous_version: 1 }],
      ["label.rolled_back", "ada", { label: "production", version: 1, previous_version: 3 }],
      ["label.removed", "ada", { label: "production", previous_version: 1 }],
      ["review.submitted", "ada", { version: 2 }],
      ["review.decided", "ada", { version: 2, decision: "reject", status: "rejected" }],
      ["prompt.archived", "ada", { version: 3 }],
      ["prompt.restored", "ada", { version: 3 }],
      ["prompt.renamed", "ada", { version: 3, previous_name: "support/triage" }],
      ["prompt.redirect_removed", "ada", { previous_name: "support/triage" }],
      ["prompt.archived", "ada", { version: 3 }],
      ["prompt.deleted", "ada", {}],
    ]);
    expect(JSON.stringify(receiver.received)).not.toContain("private remark");
  });

  it("filters by kinds of events, by label and by folder", async () => {
    await create({ events: ["label.set", "prompt.created"], label: "production", folder: "support" });
    for (const name of [await aPrompt("support/triage"), await aPrompt("supporters/triage")]) {
      for (const label of ["staging", "production"]) await admin.call("set_label", { name, label });
      await admin.call("update_prompt", { name, content: "Second" });
    }
    await deliver();
    expect(receiver.received.map(({ body }) => [body.type, body.data.prompt.name, body.data.label])).toEqual([
      ["prompt.created", "support/triage", undefined],
      ["label.set", "support/triage", "production"],
    ]);
  });

  it("writes nothing for a change that does not happen", async () => {
    const { id } = await create();
    const name = await aPrompt();
    const late = admin.call("update_prompt", { name, content: "x", expected_version: 7 });
    await expect(late).rejects.toMatchObject({ code: "precondition_failed" });
    expect((await logOf(id)).map(({ event }) => event)).toEqual(["prompt.created"]);
  });

  it("gives two webhooks the same event, each once, under one id", async () => {
    await create();
    await create({ url: `${receiver.url}/other` });
    await aPrompt();
    await deliver();
    expect(receiver.received.map(({ path }) => path).sort()).toEqual(["/hook", "/hook/other"]);
    expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  });
});

describe("what could not be delivered", () => {
  it("is tried again later and later, under its own id with a new time, until it is", async () => {
    const { id, secret } = await create();
    receiver.answers((response) => response.writeHead(500).end("no\u0007<b>t now"));
    await aPrompt();
    await deliver();
    const [failed] = await logOf(id);
    expect(failed).toMatchObject({
      state: "waiting",
      attempts: 1,
      status: 500,
      failure: "It answered 500.",
      answer: "no\\u{7}<b>t now",
    });
    expect(await find(id)).toMatchObject({ active: true, failures: 1, waiting: 1 });
    expect(await deliver()).toBe(0);
    receiver.answers((response) => response.end("thanks"));
    ahead = 60_000;
    expect(await deliver()).toBe(1);
    const [first, second] = receiver.received;
    expect(second!.text).toBe(first!.text);
    expect(second!.headers["webhook-id"]).toBe(first!.headers["webhook-id"]);
    expect(second!.headers["webhook-timestamp"]).not.toBe(first!.headers["webhook-timestamp"]);
    new Webhook(secret).verify(second!.text, second!.headers as Record<string, string>);
    expect(await logOf(id)).toMatchObject([{ state: "delivered", attempts: 2, status: 200, failure: null }]);
    expect(await find(id)).toMatchObject({ failures: 0, failing_since: null, waiting: 0 });
  });

  it("is dead after about a day", async () => {
    const { id } = await create();
    receiver.answers((response) => response.writeHead(503).end());
    await aPrompt();
    await attempts(20, id);
    const [dead] = await logOf(id);
    expect(dead).toMatchObject({ state: "dead", attempts: 11, next_attempt_at: null });
    const lasted = Date.parse(dead.last_attempt_at) - Date.parse(dead.created_at);
    expect(lasted).toBeGreaterThan(19 * HOUR_MS);
    expect(lasted).toBeLessThan(31 * HOUR_MS);
  });

  it("switches its webhook off after a day in vain, on record, and is sent when that is on again", async () => {
    const { id } = await create();
    receiver.answers((response) => response.writeHead(503).end());
    await aPrompt("a/first");
    await attempts(10, id);
    ahead += 20 * HOUR_MS;
    await aPrompt("a/second");
    await attempts(3, id);
    const off = await find(id);
    expect(off.active).toBe(false);
    expect(off.off_reason).toMatch(/^Nothing could be delivered for \d+ hours, in \d+ attempts\.$/);
    const [record] = (await admin.call("get_audit_log", { operation: "deliver_webhooks" })).items;
    expect(record).toMatchObject({ user_id: null, target: { kind: "webhook", id } });
    await aPrompt("a/unheard");
    receiver.answers((response) => response.end());
    receiver.received.length = 0;
    ahead += HOUR_MS * 24;
    expect(await deliver()).toBe(0);
    await admin.call("update_webhook", { id, active: true });
    await deliver();
    expect(receiver.received.map(({ body }) => body.data.prompt.name)).toContain("a/second");
    expect(receiver.received.map(({ body }) => body.data.prompt.name)).not.toContain("a/unheard");
    expect(await find(id)).toMatchObject({ active: true, off_reason: null, failures: 0 });
  });

  it("switches its webhook off at once where the receiver says that it is gone (410)", async () => {
    const { id } = await create();
    receiver.answers((response) => response.writeHead(410).end());
    await aPrompt();
    await deliver();
    expect(await find(id)).toMatchObject({ active: false, off_reason: expect.stringContaining("410") });
  });
});

describe("a hostile receiver", () => {
  beforeEach(startImpatient);

  it.each<[string, Parameters<Receiver["answers"]>[0], string]>([
    ["that never answers", () => undefined, "did not answer in 1 seconds"],
    ["that talks without end", (response) => response.end("x".repeat(65 * 1024)), "larger than 65536 bytes"],
    [
      "that sends elsewhere",
      (response) => response.writeHead(302, { location: "https://169.254.169.254/latest/" }).end(),
      "redirect, which is not followed",
    ],
    ["that hangs up", (_response, _received, request) => request.socket.destroy(), "cannot be reached"],
    [
      "that drips",
      (response) => {
        const drip = setInterval(() => response.write("x"), 100);
        response.once("close", () => clearInterval(drip));
      },
      "did not answer in 1 seconds",
    ],
  ])("%s costs a bounded time and memory, and the log says why", async (_kind, behaviour, why) => {
    const { id } = await create();
    receiver.answers(behaviour);
    await aPrompt();
    await deliver();
    expect(await logOf(id)).toMatchObject([
      { state: "waiting", attempts: 1, status: null, failure: expect.stringContaining(why), answer: "" },
    ]);
    expect(receiver.received).toHaveLength(1);
  });
});

describe("a dead receiver", () => {
  beforeEach(startImpatient);

  it("holds up no other webhook, of its own tenant or of another", async () => {
    const dead = await openReceiver();
    dead.answers(() => undefined);
    for (let n = 0; n < 6; n++) await create({ url: `${dead.url}/${n}` });
    const other = await library.found("bob");
    await other.call("create_webhook", { url: receiver.url });
    await aPrompt();
    await other.call("create_prompt", { name: "of/bob", content: "x" });
    const drained = deliver();
    while (receiver.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    // Four of the six at a time, and none has come to its end when the other's is there.
    expect(dead.received.length).toBeLessThanOrEqual(4);
    expect(await find((await admin.call("list_webhooks")).items[0].id)).toMatchObject({ failures: 0 });
    await drained;
    expect(dead.received).toHaveLength(6);
  });
});

describe("update_webhook", () => {
  it("changes what it hears of, and where it leads", async () => {
    const { id } = await create({ events: ["prompt.archived"], label: "production", folder: "x" });
    const changed = await admin.call("update_webhook", {
      id,
      url: `${receiver.url}/moved`,
      events: null,
      label: null,
      folder: null,
    });
    expect(changed).toMatchObject({ events: null, label: null, folder: null, active: true });
    expect(changed).not.toHaveProperty("secret");
    await aPrompt();
    await deliver();
    expect(receiver.received.map(({ path }) => path)).toEqual(["/hook/moved"]);
    await expect(admin.call("update_webhook", { id })).rejects.toMatchObject({ code: "invalid_input" });
  });

  it("switches it off: nothing is written for it, and what waited goes out when it is on again", async () => {
    const { id } = await create();
    await aPrompt("a/before");
    expect(await admin.call("update_webhook", { id, active: false })).toMatchObject({
      active: false,
      off_reason: "Switched off by an admin.",
      waiting: 1,
    });
    await aPrompt("a/meanwhile");
    expect(await deliver()).toBe(0);
    await admin.call("update_webhook", { id, active: true });
    await deliver();
    expect(receiver.received.map(({ body }) => body.data.prompt.name)).toEqual(["a/before"]);
  });

  it("stays off when it was switched off while an attempt was under way", async () => {
    const { id } = await create();
    receiver.answers((response) => void setTimeout(() => response.end(), 300));
    await aPrompt();
    const delivered = deliver();
    while (receiver.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await admin.call("update_webhook", { id, active: false });
    await delivered;
    expect(await find(id)).toMatchObject({ active: false, waiting: 0 });
  });
});

describe("rotate_webhook_secret", () => {
  it("signs with both secrets for some hours, and then with the new one alone", async () => {
    const { id, secret: old } = await create();
    const { secret, old_secret_until } = await admin.call("rotate_webhook_secret", { id, overlap_hours: 2 });
    expect(old_secret_until).not.toBeNull();
    await aPrompt("a/one");
    await deliver();
    ahead = 3 * HOUR_MS;
    await aPrompt("a/two");
    await deliver();
    const signatures = receiver.received.map(({ headers }) =>
      String(headers["webhook-signature"]).split(" "),
    );
    expect(signatures.map((each) => each.length)).toEqual([2, 1]);
    const signedWith = (by: string, n: number) => {
      const { headers, text } = receiver.received[n]!;
      const at = new Date(Number(headers["webhook-timestamp"]) * 1000);
      return signatures[n]!.includes(new Webhook(by).sign(String(headers["webhook-id"]), at, text));
    };
    expect([0, 1].map((n) => [signedWith(old, n), signedWith(secret, n)])).toEqual([
      [true, true],
      [false, true],
    ]);
  });

  it("ends the old one at once where it is asked to", async () => {
    const { id } = await create();
    expect(await admin.call("rotate_webhook_secret", { id, overlap_hours: 0 })).toMatchObject({
      old_secret_until: null,
    });
  });
});

describe("test_webhook", () => {
  it("sends a signed message at once and says what came of it, also to one that is off", async () => {
    const { id, secret } = await create({ events: ["prompt.archived"] });
    await admin.call("update_webhook", { id, active: false });
    receiver.answers((response) => response.end("hello"));
    expect(await admin.call("test_webhook", { id })).toMatchObject({
      event: "webhook.test",
      state: "delivered",
      status: 200,
      answer: "hello",
    });
    const [message] = receiver.received;
    expect(
      new Webhook(secret).verify(message!.text, message!.headers as Record<string, string>),
    ).toMatchObject({
      type: "webhook.test",
      data: {},
    });
    receiver.answers((response) => response.writeHead(404).end());
    expect(await admin.call("test_webhook", { id })).toMatchObject({
      state: "dead",
      failure: "It answered 404.",
    });
    expect(await find(id)).toMatchObject({ failures: 0, waiting: 0 });
    expect(await logOf(id)).toHaveLength(2);
  });
});

describe("list_webhook_deliveries", () => {
  it("pages through the log, newest first, and shows what is sent", async () => {
    const { id } = await create();
    for (const name of ["a/1", "a/2", "a/3"]) await aPrompt(name);
    await deliver();
    const first = await admin.call("list_webhook_deliveries", { id, limit: 2 });
    const second = await admin.call("list_webhook_deliveries", { id, limit: 2, cursor: first.next_cursor });
    const bodies = [...first.items, ...second.items].map(({ body }) => body);
    expect(bodies.toSorted()).toEqual(receiver.received.map(({ text }) => text).toSorted());
    expect(second.next_cursor).toBeNull();
    expect(await logOf(id, { state: "dead" })).toEqual([]);
  });

  it("forgets what is older than is kept, also what still waited", async () => {
    const { id } = await create();
    await aPrompt();
    await admin.call("update_webhook", { id, active: false });
    ahead = 31 * 24 * HOUR_MS;
    await library.app.webhookDelivery.prune();
    expect(await logOf(id)).toEqual([]);
    await admin.call("update_webhook", { id, active: true });
    expect(await deliver()).toBe(0);
  });
});

describe("redeliver", () => {
  it("sends an event once more under its own id, and keeps what became of it before", async () => {
    const { id } = await create();
    await aPrompt();
    await deliver();
    const [done] = await logOf(id);
    expect(await admin.call("redeliver", { id: done.id })).toMatchObject({
      state: "waiting",
      event_id: done.event_id,
      body: done.body,
    });
    await deliver();
    expect(receiver.received[1]).toMatchObject({ text: receiver.received[0]!.text });
    expect(receiver.received[1]!.headers["webhook-id"]).toBe(done.event_id);
    expect((await logOf(id)).map(({ state }) => state)).toEqual(["delivered", "delivered"]);
  });

  it("is refused for what still waits, for a webhook that is off, and for what there is not", async () => {
    const { id } = await create();
    await aPrompt();
    const [waiting] = await logOf(id);
    const again = () => admin.call("redeliver", { id: waiting.id });
    await expect(again()).rejects.toMatchObject({ code: "conflict" });
    await deliver();
    await admin.call("update_webhook", { id, active: false });
    await expect(again()).rejects.toMatchObject({ code: "conflict" });
    await expect(admin.call("redeliver", { id })).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("delete_webhook", () => {
  it("ends it with its log, and with what waited", async () => {
    const { id } = await create();
    await aPrompt();
    await admin.call("delete_webhook", { id });
    expect(await deliver()).toBe(0);
    expect((await admin.call("list_webhooks")).items).toEqual([]);
    for (const name of [
      "list_webhook_deliveries",
      "test_webhook",
      "rotate_webhook_secret",
      "delete_webhook",
    ]) {
      await expect(admin.call(name, { id }), name).rejects.toMatchObject({ code: "not_found" });
    }
  });
});
