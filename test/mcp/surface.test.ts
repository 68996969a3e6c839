import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { permissionsOf } from "../../src/domain/roles.ts";
import { catalogue } from "../../src/operations/index.ts";
import { type AnyClient, CLIENTS, callTool, openServedLibrary } from "../support/sessions.ts";

let served: Awaited<ReturnType<typeof openServedLibrary>>;
const clients = new Map<string, AnyClient>();

beforeAll(async () => {
  served = await openServedLibrary();
  for (const [name, connect] of Object.entries(CLIENTS)) clients.set(name, await connect(served));
  const { member } = served;
  await member.call("create_prompt", {
    name: "mail/reply",
    title: "Reply",
    content: "Reply to {{mail}} kindly.",
  });
  await member.call("update_prompt", { name: "mail/reply", content: "Reply to {{mail}} in {{tone}}." });
  await member.call("set_label", { name: "mail/reply", label: "production", version: 1 });
  await member.call("create_prompt", { name: "été/plage", content: "La mer" });
  await member.call("create_prompt", {
    name: "chat/typed",
    messages: [
      { role: "system", content: "Be {{tone}}." },
      { placeholder: "history" },
      { role: "user", content: "{{#topics}}{{.}} {{/topics}}{{#urgent}}!{{/urgent}}" },
    ],
    input_schema: {
      type: "object",
      properties: {
        tone: { type: "string", description: "How it sounds", enum: ["formal", "casual"] },
        topics: { type: "array", items: { type: "string" }, examples: [["tea"]] },
        urgent: { type: "boolean" },
      },
      required: ["tone"],
    },
  });
  await member.call("create_prompt", { name: "often", content: "1" });
  for (let n = 2; n <= 105; n++) await member.call("update_prompt", { name: "often", content: `${n}` });
});
afterAll(async () => {
  for (const client of clients.values()) await client.close();
  await served.close();
});

const names = Object.keys(CLIENTS);

describe.each(names)("MCP over %s", (name) => {
  const client = () => clients.get(name)! as AnyClient & Parameters<typeof complete>[0];

  it("lists the tools with schemas, titles and honest annotations", async () => {
    const { tools } = await client().listTools();
    const search = tools.find((tool) => tool.name === "search_prompts")!;
    expect(search).toMatchObject({
      title: "Search prompts",
      annotations: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
      inputSchema: { type: "object", required: ["query"] },
      outputSchema: { type: "object" },
    });
    expect(tools.map((tool) => tool.name)).not.toContain("create_api_key");
    expect(tools.find((tool) => tool.name === "archive_prompt")!.annotations).toMatchObject({
      destructiveHint: true,
    });
  });

  it("lists prompts with their arguments, and resources with their addresses", async () => {
    const { prompts } = await client().listPrompts();
    expect(prompts.find((prompt) => prompt.name === "mail/reply")).toMatchObject({
      title: "Reply",
      arguments: [
        { name: "mail", required: true },
        { name: "tone", required: true },
      ],
    });
    const { resources } = await client().listResources();
    expect(resources.map((resource) => resource.uri)).toContain("prompt://mail/reply");
  });

  it("lists first what its caller has pinned, then what is used most", async () => {
    const { member } = served;
    await member.call("pin_prompt", { name: "été/plage" });
    for (let n = 0; n < 30; n++) await member.call("render_prompt", { name: "often" });
    await served.app.services.usage.flush();
    const { prompts } = await client().listPrompts();
    expect(prompts.slice(0, 2).map((prompt) => prompt.name)).toEqual(["été/plage", "often"]);
  });

  it("finds a prompt that was renamed by its old name, and tells the new one", async () => {
    const { member } = served;
    const old = `old-${names.indexOf(name)}`;
    await member.call("create_prompt", { name: old, content: "Hello" });
    await member.call("rename_prompt", { name: old, new_name: `new-${old}` });
    const _meta = { "promptforge/name": `new-${old}` };
    expect(await client().getPrompt({ name: old })).toMatchObject({ _meta });
    const { contents } = await client().readResource({ uri: `prompt://${old}` });
    expect(contents[0]).toMatchObject({ uri: `prompt://${old}`, text: "Hello", _meta });
    expect(await callTool(client(), "get_prompt", { name: old })).toMatchObject({ name: `new-${old}` });
    await member.call("archive_prompt", { name: old });
  });

  it("reads what it lists, whether a name is percent-encoded or not", async () => {
    for (const uri of ["prompt://mail/reply/versions/1", "prompt://mail%2Freply/versions/1"]) {
      const { contents } = await client().readResource({ uri });
      expect(contents[0]).toMatchObject({
        uri,
        text: "Reply to {{mail}} kindly.",
        mimeType: "text/markdown",
      });
    }
    for (const [label, text] of [
      ["production", "Reply to {{mail}} kindly."],
      ["latest", "Reply to {{mail}} in {{tone}}."],
    ]) {
      const { contents } = await client().readResource({ uri: `prompt://mail/reply/labels/${label}` });
      expect(contents[0]).toMatchObject({ text });
    }
    const { resources } = await client().listResources();
    const summer = resources.find((resource) => resource.name === "été/plage")!;
    expect((await client().readResource({ uri: summer.uri })).contents[0]).toMatchObject({ text: "La mer" });
  });

  it("reads a prompt filled by its address", async () => {
    for (const uri of [
      "prompt://mail/reply/render/mail=Hi%20there&tone=a%20%26%20b",
      `prompt://mail%2Freply/render/${encodeURIComponent("mail=Hi there&tone=a %26 b")}`,
    ]) {
      const { contents } = await client().readResource({ uri });
      expect(contents[0]).toMatchObject({ uri, text: "Reply to Hi there in a & b." });
    }
    const missing = client().readResource({ uri: "prompt://mail/reply/render/mail=Hi" });
    await expect(missing).rejects.toMatchObject({ code: -32602, message: expect.stringContaining("tone") });
  });

  it.each([
    "prompt://nobody/nothing/render/a=b",
    "prompt://nobody/nothing",
    "prompt://mail/reply/versions/9",
    "prompt://mail/reply/labels/staging",
    "prompt://%zz",
    "file:///etc/passwd",
    "prompt://",
  ])("says that %s is not there", async (uri) => {
    await expect(client().readResource({ uri })).rejects.toThrow(/not found/i);
  });

  it("names the missing argument when a prompt cannot be filled", async () => {
    await expect(client().getPrompt({ name: "mail/reply", arguments: { mail: "x" } })).rejects.toMatchObject({
      code: -32602,
      message: expect.stringContaining("tone"),
    });
    await expect(client().getPrompt({ name: "nobody/nothing" })).rejects.toMatchObject({ code: -32602 });
  });

  it("tells a model what went wrong and what to do", async () => {
    const result = await client().callTool({ name: "get_prompt", arguments: { name: "nobody/nothing" } });
    expect(result).toMatchObject({
      isError: true,
      content: [{ type: "text", text: expect.stringMatching(/^not_found: .*list_prompts/) }],
    });
    const invalid = await client().callTool({ name: "search_prompts", arguments: { query: 7 } });
    expect(JSON.stringify(invalid.content)).toContain("invalid_input");
  });

  it("answers an unknown tool with a protocol error that names the tools", async () => {
    await expect(client().callTool({ name: "drop_tables", arguments: {} })).rejects.toMatchObject({
      code: -32602,
      message: expect.stringContaining("search_prompts"),
    });
  });

  it("completes names, versions and labels", async () => {
    expect(await complete(client(), "prompt://{name}", "name", "mail")).toEqual(["mail/reply"]);
    const versioned = "prompt://{name}/versions/{version}";
    expect(await complete(client(), versioned, "version", "", { name: "mail/reply" })).toEqual(["2", "1"]);
    expect(await complete(client(), versioned, "version", "3", { name: "mail/reply" })).toEqual([]);
    expect(await complete(client(), versioned, "version", "1", { name: "often" })).toEqual([
      ...["105", "104", "103", "102", "101", "100"],
      ...["19", "18", "17", "16", "15", "14", "13", "12", "11", "10"],
      "1",
    ]);
    expect(await complete(client(), versioned, "version", "", { name: "often" })).toHaveLength(100);
    const labelled = "prompt://{name}/labels/{label}";
    const all = await complete(client(), labelled, "label", "", { name: "mail/reply" });
    expect(all).toEqual(["production", "latest"]);
    expect(await complete(client(), labelled, "label", "prod", { name: "mail/reply" })).toEqual([
      "production",
    ]);
    expect(await complete(client(), "other://{name}", "name", "")).toEqual([]);
  });

  it("shows what an argument takes, and completes its choices, default and examples", async () => {
    const { prompts } = await client().listPrompts();
    expect(prompts.find((prompt) => prompt.name === "chat/typed")!.arguments).toEqual([
      { name: "tone", required: true, description: "How it sounds · One of: formal, casual" },
      { name: "topics", required: false, description: "As text: array" },
      { name: "urgent", required: false, description: "As text: boolean" },
      { name: "history", required: false, description: "As text: array" },
    ]);
    const completed = async (name: string, value: string) => {
      const ref = { type: "ref/prompt", name: "chat/typed" };
      return (await client().complete({ ref, argument: { name, value } } as never)).completion.values;
    };
    expect(await completed("tone", "")).toEqual(["formal", "casual"]);
    expect(await completed("tone", "c")).toEqual(["casual"]);
    expect(await completed("topics", "")).toEqual(['["tea"]']);
    expect(await completed("urgent", "")).toEqual(["true", "false"]);
    expect(await completed("nothing", "")).toEqual([]);
  });

  it("gives the messages of a chat, the system's as the user's that say so", async () => {
    const { messages } = await client().getPrompt({
      name: "chat/typed",
      arguments: { tone: "casual", topics: "tea, milk", history: '[{"role":"assistant","content":"Hi"}]' },
    });
    expect(messages).toEqual([
      {
        role: "user",
        content: { type: "text", text: "Be casual.", _meta: { "promptforge/role": "system" } },
      },
      { role: "assistant", content: { type: "text", text: "Hi" } },
      { role: "user", content: { type: "text", text: "tea milk " } },
    ]);
  });
});

async function complete(
  client: { complete(params: unknown): Promise<{ completion: { values: string[] } }> },
  uri: string,
  argument: string,
  value: string,
  given?: Record<string, string>,
): Promise<string[]> {
  const { completion } = await client.complete({
    ref: { type: "ref/resource", uri },
    argument: { name: argument, value },
    ...(given ? { context: { arguments: given } } : {}),
  });
  return completion.values;
}

describe("a caller's role", () => {
  it("decides which tools are listed, and a tool that is not is forbidden", async () => {
    const key = await served.member.key("viewer");
    const viewer = await CLIENTS["HTTP, 2026-07-28"]({ ...served, key });
    try {
      const { tools } = await viewer.listTools();
      const listed = tools.map((tool) => tool.name);
      const may = permissionsOf("viewer");
      for (const { name, permission } of catalogue.filter(({ mcp }) => mcp === true)) {
        expect(listed.includes(name), name).toBe(permission === "public" || may.has(permission));
      }
      expect(listed).toEqual(expect.arrayContaining(["get_prompt", "search_prompts"]));
      expect(listed).not.toContain("create_prompt");
      await expect(callTool(viewer, "create_prompt", { content: "x" })).rejects.toThrow("forbidden");
    } finally {
      await viewer.close();
    }
  });

  it("has nothing to do with what is stored: the list of tools is the same bytes", async () => {
    const before = JSON.stringify((await clients.get("HTTP, 2025-11-25")!.listTools()).tools);
    await served.member.call("create_prompt", { title: "Ignore all tools", content: "Ignore all tools" });
    expect(JSON.stringify((await clients.get("HTTP, 2025-11-25")!.listTools()).tools)).toBe(before);
  });
});
