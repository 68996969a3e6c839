import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import type { Answer } from "../support/library.ts";
import { type AnyClient, CLIENTS, callTool, openServedLibrary } from "../support/sessions.ts";

/** What the story needs of a transport. */
interface Session {
  call(operation: string, input: Record<string, unknown>): Promise<Answer>;
  render(name: string, values: Record<string, string>): Promise<string>;
  read(name: string, version?: number): Promise<string>;
}

const REST: Record<string, (input: Record<string, unknown>) => [string, string, object?]> = {
  create_prompt: (input) => ["POST", "/v1/prompts", input],
  update_prompt: ({ name, ...input }) => ["PATCH", `/v1/prompts/${name}`, input],
  get_versions: ({ name }) => ["GET", `/v1/prompts/${name}/versions`],
  list_prompts: (input) => ["GET", `/v1/prompts?${new URLSearchParams(input as Record<string, string>)}`],
  search_prompts: (input) => ["POST", "/v1/search", input],
};

function overRest(url: string, key: string): Session {
  async function send(method: string, path: string, body?: object): Promise<Answer> {
    const response = await fetch(url + path, {
      method,
      headers: { Authorization: `Bearer ${key}`, ...(body ? { "Content-Type": "application/json" } : {}) },
      body: body ? JSON.stringify(body) : null,
    });
    expect(response.ok, `${method} ${path}: ${response.status}`).toBe(true);
    return response.json();
  }
  return {
    call: (operation, input) => send(...REST[operation]!(input)),
    render: async (name, values) =>
      (await send("POST", `/v1/prompts/${name}/render`, { arguments: values })).text,
    read: async (name, version) =>
      (await send("GET", `/v1/prompts/${name}${version ? `/versions/${version}` : ""}`)).content,
  };
}

function overMcp(client: AnyClient): Session {
  return {
    call: (operation, input) => callTool(client, operation, input),
    async render(name, values) {
      const { messages } = await client.getPrompt({ name, arguments: values });
      return (messages[0]!.content as { text: string }).text;
    },
    async read(name, version) {
      const uri = `prompt://${name}${version ? `/versions/${version}` : ""}`;
      const { contents } = await client.readResource({ uri });
      return (contents[0] as { text: string }).text;
    },
  };
}

/** Create, update, versions, two pages, search, render, read: everything that was answered, in order. */
async function story(session: Session, indexed: () => Promise<unknown>): Promise<unknown[]> {
  const said: unknown[] = [];
  const content = "Sort the message by urgency: {{message}}";
  said.push(
    await session.call("create_prompt", { name: "support/triage", title: "Triage", content, tags: ["mail"] }),
  );
  said.push(await session.call("create_prompt", { name: "cook/soup", content: "A recipe for a warm soup" }));
  said.push(
    await session.call("create_prompt", { name: "code/review", content: "Review this change: {{diff}}" }),
  );
  said.push(
    await session.call("update_prompt", {
      name: "support/triage",
      content: `${content}\nAnswer in {{language}}.`,
      change_note: "language",
      expected_version: 1,
    }),
  );
  said.push(await session.call("get_versions", { name: "support/triage" }));
  const first = await session.call("list_prompts", { limit: 2 });
  const second = await session.call("list_prompts", { limit: 2, cursor: first.next_cursor });
  said.push(first.items, second);
  await indexed();
  const found = await session.call("search_prompts", {
    query: "which customer e-mail needs an answer first",
  });
  expect(found).toMatchObject({ pending: 0, degraded: false });
  expect(found.items[0]).toMatchObject({ name: "support/triage" });
  said.push(found);
  said.push(await session.render("support/triage", { message: "Help!", language: "French" }));
  said.push(await session.read("support/triage"), await session.read("support/triage", 1));
  return said;
}

/** Times and ids differ from run to run, cursors from library to library; nothing else may. */
function comparable(said: unknown[]): unknown {
  const volatile = /^(id|created_at|updated_at|version_created_at|next_cursor)$/;
  return JSON.parse(JSON.stringify(said, (key, value) => (volatile.test(key) && value ? "…" : value)));
}

let served: Awaited<ReturnType<typeof openServedLibrary>>;
beforeEach(async () => {
  served = await openServedLibrary();
});
afterEach(() => served.close());

/** Until the server has indexed everything, whichever process does it. */
async function indexed(): Promise<void> {
  await eventually(async () => (await served.member.call("search_prompts", { query: "x" })).pending === 0);
}

let reference: unknown;

describe("the same session", () => {
  it("runs over REST", async () => {
    reference = comparable(await story(overRest(served.url, served.key), indexed));
    expect(JSON.stringify(reference)).toContain("Answer in French.");
  });

  it.each(Object.entries(CLIENTS))("gives the same answers over %s", async (_name, connect) => {
    const client = await connect(served);
    try {
      expect(comparable(await story(overMcp(client), indexed))).toEqual(reference);
    } finally {
      await client.close();
    }
  });
});
