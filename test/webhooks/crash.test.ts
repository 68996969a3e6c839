import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { librarySettings, openLibrary } from "../support/library.ts";
import { serveProgram } from "../support/programs.ts";
import { LOCALHOST_PEM, openReceiver, type Receiver, TO_RECEIVERS } from "../support/receiver.ts";

const PROGRAM = join(import.meta.dirname, "programs/die-while-delivering.ts");
const CHANGES = 4;

let dataDir: string;
let receiver: Receiver;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "promptforge-webhooks-"));
  receiver = await openReceiver();
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

/** Every step between a change and the note that it was delivered. */
const FAULTS: [string, number][] = [
  ["changed", 0],
  ["changed", CHANGES - 1],
  ["before claim", 0],
  ["claimed", 0],
  ["claimed", 1],
  ["sent", 0],
  ["sent", 2],
  ["before settle", 0],
  ["settled", 0],
  ["settled", CHANGES - 1],
];

describe("kill -9 between a change and its delivery", () => {
  it.each(FAULTS)("at the step '%s', passed %i times before, loses no event", async (step, passed) => {
    const child = spawn(process.execPath, [PROGRAM, dataDir, receiver.url, step, String(passed)], {
      stdio: "inherit",
      env: {
        ...process.env,
        ...(await librarySettings(dataDir)),
        ...TO_RECEIVERS,
        NODE_EXTRA_CA_CERTS: LOCALHOST_PEM,
      },
    });
    const [, signal] = await once(child, "exit");
    expect(signal).toBe("SIGKILL");

    // A minute later, when the lease of what the dead process had taken is over.
    const library = await openLibrary({
      dataDir,
      environment: TO_RECEIVERS,
      now: () => new Date(Date.now() + 60_000),
    });
    try {
      await library.app.webhookDelivery.drain();
      const [tenantId = ""] = await library.app.storage.directory.read((store) => store.tenantIds());
      const tenant = library.app.storage.tenant(tenantId);
      const prompts = await tenant.read((store) => store.prompts.all({ limit: 99, after: "" }));
      const events = new Map(receiver.received.map(({ headers, body }) => [headers["webhook-id"], body]));
      const told = [...events.values()].map(({ data }) => data.prompt.name);
      expect(told.toSorted()).toEqual(prompts.map(({ name }) => name).toSorted());
      expect(prompts.length).toBeGreaterThan(0);
      // At least once: only what was under way when it died came twice.
      expect(receiver.received.length).toBeLessThanOrEqual(prompts.length + 1);
      const [webhook] = await tenant.read(({ webhooks }) => webhooks.list(new Date(), { limit: 1 }));
      expect(webhook).toMatchObject({ waiting: 0, failures: 0 });
    } finally {
      await library.close();
    }
  });
});

describe("two servers on one library", () => {
  it("deliver each event once between them, and one goes on when the other is killed", async () => {
    const setup = await openLibrary({ dataDir, environment: TO_RECEIVERS });
    const admin = await setup.found("ada");
    await admin.call("create_webhook", { url: receiver.url });
    const key = await admin.key();
    await setup.close();
    const environment = { ...TO_RECEIVERS, NODE_EXTRA_CA_CERTS: LOCALHOST_PEM, PROMPTFORGE_INDEXER: "false" };
    const servers = await Promise.all([1, 2].map(() => serveProgram(dataDir, environment)));
    const create = async (server: (typeof servers)[number] | undefined, name: string) => {
      const { status } = await fetch(`${server!.url}/v1/prompts`, {
        method: "POST",
        headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
        body: JSON.stringify({ name, content: "x" }),
      });
      expect(status).toBe(201);
    };
    const names = () => new Set(receiver.received.map(({ body }) => body.data.prompt.name));
    try {
      for (let n = 0; n < 6; n++) await create(servers[n % 2], `a/p${n}`);
      await eventually(() => names().size === 6);
      expect(receiver.received).toHaveLength(6);
      await servers[0]!.kill();
      await create(servers[1], "a/p6");
      // What the killed one had delivered and not yet noted down is delivered once more: no count of deliveries tells the end.
      await eventually(() => names().has("a/p6"));
      expect([...names()].toSorted()).toEqual(Array.from({ length: 7 }, (_, n) => `a/p${n}`));
    } finally {
      for (const server of servers) await server.kill();
    }
  });

  it("end within their time when a receiver is slow, and its delivery is due at once for the next", async () => {
    receiver.answers(() => undefined);
    const setup = await openLibrary({ dataDir, environment: TO_RECEIVERS });
    const admin = await setup.found("ada");
    await admin.call("create_webhook", { url: receiver.url });
    await admin.call("create_prompt", { content: "x" });
    await setup.close();
    const environment = {
      ...TO_RECEIVERS,
      PROMPTFORGE_WEBHOOK_TIMEOUT_SECONDS: "60",
      NODE_EXTRA_CA_CERTS: LOCALHOST_PEM,
    };
    const server = await serveProgram(dataDir, environment);
    while (receiver.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await server.stop()).toBe(0);
    receiver.answers((response) => response.end());
    const library = await openLibrary({ dataDir, environment: TO_RECEIVERS });
    try {
      expect(await library.app.webhookDelivery.drain()).toBe(1);
    } finally {
      await library.close();
    }
  });
});
