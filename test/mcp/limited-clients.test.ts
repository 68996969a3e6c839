import type { CallToolResult } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AnyClient, CLIENTS, callTool, openServedLibrary } from "../support/sessions.ts";

/** What one client or another does not have: each time the same job is done by tools. */
let served: Awaited<ReturnType<typeof openServedLibrary>>;
const clients = new Map<string, AnyClient>();

/** More than a page of prompts/list has. */
const MANY = 510;

beforeAll(async () => {
  served = await openServedLibrary();
  for (const [name, connect] of Object.entries(CLIENTS)) clients.set(name, await connect(served));
  const { member } = served;
  await member.call("create_prompt", { name: "mail/reply", title: "Reply", content: "Reply to {{mail}}." });
  await member.call("update_prompt", { name: "mail/reply", content: "Reply to {{mail}} in {{tone}}." });
  await member.call("set_label", { name: "mail/reply", label: "production", version: 1 });
  const lines = Array.from({ length: MANY }, (_, n) =>
    JSON.stringify({ name: `many/p${n}`, content: `Text ${n}` }),
  );
  await member.call("import_prompts", { files: [{ path: "many.jsonl", text: lines.join("\n") }] });
  await member.call("create_prompt", { name: "zoo/visit", content: "Plan a day with the penguins" });
}, 120_000);
afterAll(async () => {
  for (const client of clients.values()) await client.close();
  await served.close();
});

describe.each(Object.keys(CLIENTS))("over %s, a client that", (name) => {
  const client = () => clients.get(name)!;

  it("shows tools only: they find, fill, make and label prompts, as prompts/get and resources do", async () => {
    const { tools } = await client().listTools();
    const listed = tools.map((tool) => tool.name);
    for (const tool of ["use_prompt", "search_prompts", "list_prompts", "get_prompt", "render_prompt"])
      expect(listed).toContain(tool);
    const prompt = await client().getPrompt({ name: "mail/reply", arguments: { mail: "Hi", tone: "prose" } });
    const values = { mail: "Hi", tone: "prose" };
    const rendered = await callTool(client(), "render_prompt", { name: "mail/reply", arguments: values });
    expect(prompt.messages).toEqual([{ role: "user", content: { type: "text", text: rendered.text } }]);
    const own = `made/${name.toLowerCase().replace(/[^a-z0-9]+/g, "-")}`;
    await callTool(client(), "create_prompt", { name: own, content: "Mine" });
    await callTool(client(), "set_label", { name: own, label: "staging" });
    expect(await callTool(client(), "use_prompt", { name: own, label: "staging" })).toMatchObject({
      found: true,
      text: "Mine",
    });
  });

  it("reads no page but the first: search and filters reach what stands behind it, page by page each prompt once", async () => {
    // The client of 2026-07-28 reads on by itself.
    const paging = clients.get("HTTP, 2025-11-25")!;
    const first = await paging.listPrompts({});
    expect(first.prompts).toHaveLength(500);
    const named = (prompts: readonly { name: string }[]) => prompts.map((prompt) => prompt.name);
    expect(named(first.prompts)).not.toContain("zoo/visit");
    const { items } = await callTool(client(), "list_prompts", { folder: "zoo" });
    expect(named(items)).toEqual(["zoo/visit"]);
    const hits = await callTool(client(), "search_prompts", { query: "penguins" });
    expect(named(hits.items)).toContain("zoo/visit");
    const second = await paging.listPrompts({ cursor: first.nextCursor ?? "" });
    expect(second.nextCursor).toBeUndefined();
    const all = named([...first.prompts, ...second.prompts]);
    expect(all).toContain("zoo/visit");
    expect(new Set(all).size).toBe(all.length);
  });

  it("has no form for arguments, and cannot be asked for them: what is missing is named, and a call takes it", async () => {
    for (const tool of ["render_prompt", "use_prompt"]) {
      const input = { name: "mail/reply", version: 2 };
      const refused = await client().callTool({ name: tool, arguments: input });
      expect(refused).toMatchObject({
        isError: true,
        content: [{ text: expect.stringMatching(/^invalid_input: .*mail, tone/) }],
      });
      const values = { mail: "Hi", tone: "prose" };
      expect(await callTool(client(), tool, { ...input, arguments: values })).toMatchObject({
        text: "Reply to Hi in prose.",
      });
    }
  });

  it("completes nothing: lists give names, and get_prompt the labels, the versions and what arguments take", async () => {
    const { items } = await callTool(client(), "list_prompts", { folder: "mail" });
    expect(items).toMatchObject([{ name: "mail/reply" }]);
    expect(await callTool(client(), "get_prompt", { name: "mail/reply" })).toMatchObject({
      labels: { production: 1 },
      latest_version: 2,
      arguments: [{ name: "mail", type: "string", required: true }, { name: "tone" }],
    });
  });

  it("reads no resources: get_prompt gives what they hold, at a version and at a label", async () => {
    for (const [path, choice] of [
      ["versions/1", { version: 1 }],
      ["labels/production", { label: "production" }],
    ] as const) {
      const { contents } = await client().readResource({ uri: `prompt://mail%2Freply/${path}` });
      const got = await callTool(client(), "get_prompt", { name: "mail/reply", ...choice });
      expect(contents).toMatchObject([{ text: got.content }]);
    }
  });

  it("hears no notifications: what changed last comes first when it asks, and labels tell who moved them", async () => {
    const { version } = await served.member.call("update_prompt", {
      ...{ name: "zoo/visit", content: `Plan a day with the penguins, ${name}` },
    });
    const { items } = await callTool(client(), "list_prompts", { sort: "-updated_at", limit: 1 });
    expect(items).toMatchObject([{ name: "zoo/visit", version }]);
    await served.member.call("set_label", { name: "zoo/visit", label: "staging" });
    const history = { name: "get_label_history", arguments: { name: "zoo/visit", label: "staging" } };
    const { items: moves } = await callTool(client(), "call_tool", history);
    expect(moves[0]).toMatchObject({ to_version: version });
  });

  it("lists few tools: find_tools finds those that the list leaves out, with what they take, and call_tool calls them", async () => {
    const { tools: listed } = await client().listTools();
    expect(listed.map((tool) => tool.name)).not.toContain("get_label_history");
    const { tools } = await callTool(client(), "find_tools", { query: "label history" });
    expect(tools[0]).toMatchObject({
      name: "get_label_history",
      read_only: true,
      input_schema: { properties: { name: { type: "string" } }, required: ["name", "label"] },
    });
    const everything = await callTool(client(), "find_tools", {});
    expect(everything.tools.map((tool: { name: string }) => tool.name)).toContain("get_quotas");
    const called = await callTool(client(), "call_tool", {
      name: "get_label_history",
      arguments: { name: "mail/reply", label: "production" },
    });
    expect(called.items).toMatchObject([{ to_version: 1 }]);
    expect(await callTool(client(), "call_tool", { name: "whoami" })).toMatchObject({ username: "ada" });
    const refused = await client().callTool({
      name: "call_tool",
      arguments: { name: "get_label_history", arguments: { name: "nobody/nothing", label: "production" } },
    });
    expect(refused).toMatchObject({
      isError: true,
      content: [{ text: expect.stringMatching(/^not_found/) }],
    });
    const unknown = client().callTool({ name: "call_tool", arguments: { name: "login" } });
    await expect(unknown).rejects.toMatchObject({ code: -32602 });
  });

  it.each([
    ["delete a prompt", "archive_prompt"],
    ["kick somebody out of the team", "remove_member"],
    ["make Bob an administrator", "change_member_role"],
    ["who changed what", "get_audit_log"],
    ["how often is a prompt used?", "get_usage"],
    ["undo: go back to an older version", "restore_version"],
    ["bookmark a prompt", "pin_prompt"],
    ["downloading everything as files", "export_prompts"],
    ["which prompts depend on this one", "who_uses"],
    ["stop a webhook", "delete_webhook"],
    ["send an event again", "redeliver"],
    ["how many prompts may I store", "get_quotas"],
    ["edit many prompts at once", "bulk_update_prompts"],
    ["merge two tags", "rename_tag"],
  ])("finds tools by what people call it: %s", async (query, name) => {
    const { tools } = await callTool(client(), "find_tools", { query });
    expect(tools.map((tool: { name: string }) => tool.name)).toContain(name);
    expect(tools.length).toBeLessThanOrEqual(8);
  });

  it("finds no tool for what none does", async () => {
    expect(await callTool(client(), "find_tools", { query: "xylophone" })).toEqual({ tools: [] });
  });

  it("is told of a field that a tool does not have, behind an answer that is as it always is", async () => {
    const call = { name: "list_prompts", arguments: { tags: ["x"], limit: 1 } };
    const { content, structuredContent } = (await client().callTool(call)) as CallToolResult;
    expect(content).toEqual([
      { type: "text", text: JSON.stringify(structuredContent) },
      {
        type: "text",
        text: expect.stringMatching(
          /^Ignored, since list_prompts has no such field: "tags"\. It has: .*\btag\b/,
        ),
      },
    ]);
    const refused = await client().callTool({ name: "get_prompt", arguments: { nmae: "x" } });
    expect(refused).toMatchObject({
      isError: true,
      content: [
        { text: expect.stringMatching(/^invalid_input/) },
        { text: expect.stringContaining('"nmae"') },
      ],
    });
  });
});
