import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as StdioClientTransportV1 } from "@modelcontextprotocol/sdk/client/stdio.js";
import {
  PromptListChangedNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { librarySettings } from "../support/library.ts";
import { openServedLibrary, PROGRAM } from "../support/sessions.ts";

let served: Awaited<ReturnType<typeof openServedLibrary>>;
/** Where the library is: for another process. */
let settings: Record<string, string>;
beforeAll(async () => {
  served = await openServedLibrary();
  settings = await librarySettings(served.dataDir);
});
afterAll(() => served.close());

async function listener(key: string, uris: string[]) {
  const client = new Client(
    { name: "test", version: "1" },
    { versionNegotiation: { mode: { pin: "2026-07-28" } } },
  );
  const heard: string[] = [];
  client.setNotificationHandler("notifications/prompts/list_changed", () => void heard.push("prompts"));
  client.setNotificationHandler(
    "notifications/resources/updated",
    ({ params }) => void heard.push(params.uri),
  );
  const requestInit = { headers: { Authorization: `Bearer ${key}` } };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${served.url}/mcp`), { requestInit }));
  await client.listen({ promptsListChanged: true, resourceSubscriptions: uris });
  return { heard, close: () => client.close() };
}

describe("a subscriber over HTTP, 2026-07-28", () => {
  it("hears of changes in its tenant, and nothing of another's, whatever it asks for", async () => {
    const { member } = served;
    const other = await served.found("other");
    await member.call("create_prompt", { name: "news", content: "1" });
    await other.call("create_prompt", { name: "news", content: "1" });
    const mine = await listener(served.key, ["prompt://news"]);
    const theirs = await listener(await other.key(), ["prompt://news"]);

    await member.call("update_prompt", { name: "news", content: "2" });
    await eventually(() => mine.heard.length >= 2);
    expect(mine.heard.sort()).toEqual(["prompt://news", "prompts"]);

    // The other tenant's own change arrives; had anything leaked, it would have come before.
    await other.call("create_prompt", { name: "own", content: "1" });
    await eventually(() => theirs.heard.length >= 1);
    expect(theirs.heard).toEqual(["prompts"]);
    await Promise.all([mine.close(), theirs.close()]);
  });
});

describe("a subscriber to a label", () => {
  it("hears of each move of that label, whoever makes it, and of no other's", async () => {
    const { member } = served;
    await member.call("create_prompt", { name: "labelled", content: "1" });
    await member.call("update_prompt", { name: "labelled", content: "2" });
    const uri = "prompt://labelled/labels/production";
    const listening = await listener(served.key, [uri]);
    const move = { name: "labelled", label: "production" };
    await member.call("set_label", { ...move, label: "staging" });
    await member.call("set_label", { ...move, version: 1 });
    await member.call("set_label", { ...move, version: 1 });
    await member.call("set_label", { ...move, version: 2 });
    await member.call("rollback_label", move);
    await member.call("remove_label", move);
    await eventually(() => listening.heard.length >= 4);
    // Made last, and heard last: what was not heard by now was not told.
    await member.call("create_prompt", { content: "the end" });
    await eventually(() => listening.heard.includes("prompts"));
    expect(listening.heard).toEqual([uri, uri, uri, uri, "prompts"]);
    await listening.close();
  });
});

describe("a subscriber to a prompt that includes others", () => {
  it("hears when what it includes changes, directly or through another", async () => {
    const { member } = served;
    await member.call("create_prompt", { name: "part", content: "1" });
    await member.call("set_label", { name: "part", label: "stable", version: 1 });
    await member.call("create_prompt", { name: "middle", content: "{{> part@stable}}" });
    await member.call("create_prompt", { name: "whole", content: "{{> middle}}" });
    const uris = ["prompt://middle", "prompt://whole"];
    const listening = await listener(served.key, uris);
    await member.call("update_prompt", { name: "part", content: "2" });
    await member.call("set_label", { name: "part", label: "stable", version: 2 });
    await eventually(() => uris.every((uri) => listening.heard.includes(uri)));
    expect(listening.heard.filter((heard) => heard !== "prompts")).toEqual(uris);
    await listening.close();
  });
});

describe("subscriptions over HTTP", () => {
  it("end with the key that opened them", async () => {
    const { secret, id } = await served.member.call("create_api_key", { name: "listener", role: "viewer" });
    const listening = await listener(secret, []);
    await served.member.call("revoke_api_key", { id });
    const other = await listener(served.key, []);
    await served.member.call("create_prompt", { name: "after-revocation", content: "1" });
    await eventually(() => other.heard.length >= 1);
    expect(listening.heard).toEqual([]);
    await Promise.all([listening.close(), other.close()]);
  });

  it("are counted by tenant and by person, so that nobody takes another's", async () => {
    const greedy = await served.found("greedy");
    const key = await greedy.key();
    const open = await Promise.all(Array.from({ length: 16 }, () => listener(key, [])));
    await expect(listener(key, [])).rejects.toThrow();
    const other = await listener(served.key, []);
    await Promise.all([...open, other].map((each) => each.close()));
  });
});

describe("a subscriber over stdio, 2025-11-25", () => {
  it("hears of list changes, and of the resources it subscribed to", async () => {
    const client = new ClientV1({ name: "test", version: "1" });
    const heard: string[] = [];
    client.setNotificationHandler(PromptListChangedNotificationSchema, () => void heard.push("prompts"));
    client.setNotificationHandler(
      ResourceUpdatedNotificationSchema,
      ({ params }) => void heard.push(params.uri),
    );
    await client.connect(
      new StdioClientTransportV1({
        command: process.execPath,
        args: [PROGRAM, "stdio"],
        env: {
          PROMPTFORGE_DATA_DIR: served.dataDir,
          ...settings,
          PROMPTFORGE_TOKEN: served.key,
          PROMPTFORGE_INDEXER: "false",
        },
      }),
    );
    try {
      const call = (name: string, input: object) => client.callTool({ name, arguments: { ...input } });
      await call("create_prompt", { name: "watched", content: "1" });
      await call("create_prompt", { name: "unwatched", content: "1" });
      await client.subscribeResource({ uri: "prompt://watched" });
      await call("update_prompt", { name: "unwatched", content: "2" });
      await call("update_prompt", { name: "watched", content: "2" });
      await eventually(() => heard.length >= 5);
      expect(heard.sort()).toEqual(["prompt://watched", "prompts", "prompts", "prompts", "prompts"]);
    } finally {
      await client.close();
    }
  });
});
