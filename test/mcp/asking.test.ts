import type { Client } from "@modelcontextprotocol/client";
import type { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AnyClient, CLIENTS, legacy, modern, openServedLibrary } from "../support/sessions.ts";

let served: Awaited<ReturnType<typeof openServedLibrary>>;
beforeAll(async () => {
  served = await openServedLibrary();
  await served.member.call("create_prompt", { name: "letter", content: "Dear {{who}}, {{what}}" });
  await served.member.call("create_prompt", {
    name: "typed",
    content: "{{count}} {{tone}} lines on{{#topics}} {{.}}{{/topics}}",
    input_schema: {
      type: "object",
      properties: {
        count: { type: "integer", description: "How many lines" },
        tone: { type: "string", enum: ["formal", "casual"] },
        topics: { type: "array", items: { type: "string" } },
      },
      required: ["count", "tone", "topics"],
    },
  });
});
afterAll(() => served.close());

type Reply = { action: "accept"; content: Record<string, string | number> } | { action: "decline" };

/** A client whose person answers forms so; tells what they were asked. */
const ASKABLE: Record<string, (reply: Reply) => Promise<{ client: AnyClient; asked: unknown[] }>> = {
  "HTTP, 2026-07-28": (reply) => openModern("HTTP, 2026-07-28", reply),
  "stdio, 2026-07-28": (reply) => openModern("stdio, 2026-07-28", reply),
  "stdio, 2025-11-25": async (reply) => {
    const client: ClientV1 = legacy({ elicitation: {} });
    const asked: unknown[] = [];
    client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
      asked.push(params);
      return reply;
    });
    return { client: await CLIENTS["stdio, 2025-11-25"](served, client), asked };
  },
};

async function openModern(era: "HTTP, 2026-07-28" | "stdio, 2026-07-28", reply: Reply) {
  const client: Client = modern({ elicitation: { form: {} } });
  const asked: unknown[] = [];
  client.setRequestHandler("elicitation/create", async ({ params }) => {
    asked.push(params);
    return reply;
  });
  return { client: await CLIENTS[era](served, client), asked };
}

describe.each(Object.entries(ASKABLE))("a client that has forms, over %s", (_era, open) => {
  it("is asked once for the arguments that a call lacks, and then gets the prompt", async () => {
    const { client, asked } = await open({ action: "accept", content: { what: "thank you" } });
    const call = { name: "render_prompt", arguments: { name: "letter", arguments: { who: "Ada" } } };
    const { structuredContent } = await client.callTool(call);
    expect(structuredContent).toMatchObject({ text: "Dear Ada, thank you" });
    expect(asked).toMatchObject([
      {
        message: expect.stringContaining("what"),
        requestedSchema: { properties: { what: { type: "string" } }, required: ["what"] },
      },
    ]);
    await client.close();
  });

  it("is asked when a prompt is got, too", async () => {
    const { client } = await open({ action: "accept", content: { who: "Ada", what: "hello" } });
    const { messages } = await client.getPrompt({ name: "letter" });
    expect(messages).toMatchObject([{ role: "user", content: { text: "Dear Ada, hello" } }]);
    await client.close();
  });

  it("is asked in a form that knows the arguments' types and choices", async () => {
    const content = { count: 2, tone: "casual", topics: '["tea"]' };
    const { client, asked } = await open({ action: "accept", content });
    const { structuredContent } = await client.callTool({
      name: "render_prompt",
      arguments: { name: "typed" },
    });
    expect(structuredContent).toMatchObject({ text: "2 casual lines on tea" });
    expect(asked).toMatchObject([
      {
        requestedSchema: {
          properties: {
            count: { type: "integer", description: "How many lines" },
            tone: { type: "string", enum: ["formal", "casual"] },
            topics: { type: "string", description: expect.stringContaining("JSON") },
          },
        },
      },
    ]);
    await client.close();
  });

  it("is told which arguments are missing when the person declines", async () => {
    const { client, asked } = await open({ action: "decline" });
    const refused = await client.callTool({ name: "use_prompt", arguments: { name: "letter" } });
    expect(refused).toMatchObject({
      isError: true,
      content: [{ text: expect.stringMatching(/^invalid_input: Missing arguments: who, what/) }],
    });
    expect(asked).toHaveLength(1);
    await client.close();
  });
});
