import { createHmac, randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { createWebhookSecrets } from "../../src/security/webhook-secrets.ts";
import { loseKeys } from "../support/kept-keys.ts";
import { openLibrary } from "../support/library.ts";
import { openReceiver, TO_RECEIVERS } from "../support/receiver.ts";

const MESSAGE = { webhookId: "w", id: "msg_1", at: new Date("2030-01-01T00:00:00.900Z"), body: '{"a":"ü"}' };

describe("the secret of a webhook", () => {
  it("signs as the specification says: HMAC-SHA256 of id, time and body, in base64", async () => {
    const secrets = createWebhookSecrets(randomBytes(32));
    const [one, two] = [await secrets.mint("w"), await secrets.mint("w")];
    const signatureBy = (secret: string) => {
      const key = Buffer.from(secret.replace("whsec_", ""), "base64");
      expect(key).toHaveLength(32);
      return `v1,${createHmac("sha256", key).update(`msg_1.1893456000.${MESSAGE.body}`).digest("base64")}`;
    };
    expect(await secrets.sign([one.sealed], MESSAGE)).toEqual({
      "webhook-id": "msg_1",
      "webhook-timestamp": "1893456000",
      "webhook-signature": signatureBy(one.secret),
    });
    expect(await secrets.sign([two.sealed, one.sealed], MESSAGE)).toMatchObject({
      "webhook-signature": `${signatureBy(two.secret)} ${signatureBy(one.secret)}`,
    });
  });

  it("is kept so that neither another key, nor another webhook, nor a changed text opens it", async () => {
    const secrets = createWebhookSecrets(randomBytes(32));
    const { secret, sealed } = await secrets.mint("w");
    expect(sealed).not.toContain(secret.slice(6));
    expect(await secrets.sign([sealed], { ...MESSAGE, webhookId: "another" })).toBeUndefined();
    expect(await createWebhookSecrets(randomBytes(32)).sign([sealed], MESSAGE)).toBeUndefined();
    expect(await secrets.sign([`${sealed.slice(0, -4)}AAAA`], MESSAGE)).toBeUndefined();
    expect(await secrets.sign(["sealed"], MESSAGE)).toBeUndefined();
    // A retired one that cannot be opened is no reason to be silent.
    expect(await secrets.sign([sealed, "sealed"], MESSAGE)).toBeDefined();
  });

  it("that is lost with the keys switches its webhook off, which says what to do", async () => {
    const receiver = await openReceiver();
    const first = await openLibrary({ environment: TO_RECEIVERS });
    const { dataDir } = first;
    onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
    const { caller, call } = await first.found("ada");
    const { id } = await call("create_webhook", { url: receiver.url });
    await call("create_prompt", { content: "x" });
    await first.app.close();
    await loseKeys(dataDir);

    const library = await openLibrary({ environment: TO_RECEIVERS, dataDir });
    onTestFinished(() => library.close());
    const admin = library.as(caller);
    await library.app.webhookDelivery.drain();
    expect(receiver.received).toEqual([]);
    expect((await admin.call("list_webhooks")).items).toMatchObject([
      { active: false, waiting: 1, off_reason: expect.stringContaining("rotate_webhook_secret") },
    ]);
    await admin.call("rotate_webhook_secret", { id });
    await admin.call("update_webhook", { id, active: true });
    expect(await admin.call("test_webhook", { id })).toMatchObject({ state: "delivered" });
  });
});
