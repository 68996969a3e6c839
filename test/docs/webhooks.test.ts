import { spawn } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { describe, expect, it, onTestFinished } from "vitest";
import { openLibrary } from "../support/library.ts";
import { openReceiver, TO_RECEIVERS } from "../support/receiver.ts";
import { ROOT, snippetsOf } from "./snippets.ts";

const snippet = await snippetsOf("docs/webhooks.md", "js");

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Runs the page's receiver; gives its lines as they come, and how it answers a message. */
async function startReceiver(secret: string) {
  const port = await freePort();
  const child = spawn(process.execPath, ["--input-type=module", "--eval", snippet("verify")], {
    cwd: ROOT,
    env: { WEBHOOK_SECRET: secret, PORT: String(port) },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(async () => {
    child.kill();
    await once(child, "exit");
  });
  const lines: string[] = [];
  createInterface(child.stdout).on("line", (line) => lines.push(line));
  const post = async (body: string, headers: Record<string, string>): Promise<number> => {
    for (;;) {
      try {
        return (await fetch(`http://127.0.0.1:${port}`, { method: "POST", body, headers })).status;
      } catch {
        // It has yet to listen.
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  };
  return { lines, post };
}

describe("the page on webhooks", () => {
  it("shows a receiver that takes what is genuine, once, and refuses what is not", async () => {
    const library = await openLibrary({ environment: TO_RECEIVERS });
    onTestFinished(() => library.close());
    const admin = await library.found("ada");
    const front = await openReceiver();
    const { id, secret } = await admin.call("create_webhook", { url: front.url });
    const { lines, post } = await startReceiver(secret);
    // TLS ends in front of it.
    front.answers(async (response, { text, headers }) => {
      const signed = ["webhook-id", "webhook-timestamp", "webhook-signature"];
      const passedOn = Object.fromEntries(signed.map((name) => [name, String(headers[name])]));
      response.writeHead(await post(text, passedOn)).end();
    });
    await admin.call("create_prompt", { name: "support/triage", content: "x" });
    await library.app.webhookDelivery.drain();
    const [done] = (await admin.call("list_webhook_deliveries", { id })).items;
    expect(done).toMatchObject({ state: "delivered", status: 204 });
    await admin.call("redeliver", { id: done.id });
    await library.app.webhookDelivery.drain();
    expect(await admin.call("test_webhook", { id })).toMatchObject({ status: 204 });
    const [message] = front.received;
    expect(await post(message!.text.replace("triage", "forged"), message!.headers as never)).toBe(400);
    expect(lines).toEqual(["prompt.created support/triage", "webhook.test "]);
  });
});
