import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ClientMemory, OAUTH_CLIENTS, type Person } from "../support/oauth-clients.ts";
import { agreeing } from "../support/people.ts";
import { type ServedLibrary, serveLibrary } from "../support/rest.ts";
import { callTool } from "../support/sessions.ts";

let library: ServedLibrary;
beforeAll(async () => {
  library = await serveLibrary();
});
afterAll(() => library.close());

const BOTH_GRANTS = ["authorization_code", "refresh_token"];
const PEOPLE = { "the v2 client": "ada", "the v1 client": "grace" } as const;

describe.each(Object.entries(OAUTH_CLIENTS))("%s without a key", (name, connect) => {
  const username = PEOPLE[name as keyof typeof PEOPLE];
  beforeAll(() => library.found(username));

  it("finds the way in, registers, has its person sign in and consent, and works", async () => {
    const { client, memory } = await connect(library.url, agreeing(library.url, username));
    expect(memory.sent[0]?.searchParams.get("resource")).toBe(`${library.url}/mcp`);
    expect(memory.sent[0]?.searchParams.get("code_challenge_method")).toBe("S256");
    expect(await callTool(client, "whoami", {})).toMatchObject({
      username,
      permissions: ["self", "prompts:read", "prompts:write"],
    });
    await callTool(client, "create_prompt", { name: `${username}/by-oauth`, content: "Hello" });
    await client.close();
  });

  it("finds it under localhost, too", async () => {
    const url = library.url.replace("127.0.0.1", "localhost");
    const { client, memory } = await connect(url, agreeing(library.url, username));
    expect(memory.sent[0]?.searchParams.get("resource")).toBe(`${url}/mcp`);
    expect(await callTool(client, "whoami", {})).toMatchObject({ username });
    await client.close();
  });

  it("renews its access token by itself, with another refresh token each time", async () => {
    const { client, memory } = await connect(library.url, agreeing(library.url, username));
    const first = memory.tokens();
    memory.saveTokens({ ...first, access_token: "one that is over" });
    expect(await callTool(client, "whoami", {})).toMatchObject({ username });
    const second = memory.tokens();
    expect(second.access_token).not.toBe(first.access_token);
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(memory.sent).toHaveLength(1);
    await client.close();
  });

  it("asks its person for more when a tool needs it, and then does it", async () => {
    const careful = agreeing(library.url, username, { scopes: ["prompts:read"] });
    const generous = agreeing(library.url, username);
    let asked = 0;
    const person: Person = (url) => {
      asked += 1;
      return asked === 1 ? careful(url) : generous(url);
    };
    // With a refresh token the v1 client renews its scopes as they are and gives up, instead of asking its person.
    const grants = { grant_types: name === "the v1 client" ? ["authorization_code"] : BOTH_GRANTS };
    const { client, memory, withStepUp } = await connect(library.url, person, new ClientMemory(grants));
    const tools = (await client.listTools()).tools.map((tool) => tool.name);
    expect(tools).toContain("create_prompt");

    const prompt = { name: `${username}/more`, content: "Hello again" };
    expect(await withStepUp(() => callTool(client, "create_prompt", prompt))).toMatchObject({ version: 1 });
    expect(asked).toBe(2);
    expect(memory.sent[1]?.searchParams.get("scope")).toMatch(/^prompts:read prompts:write/);
    await client.close();
  });

  it("may not do what its person's role does not allow, and does not ask for it again", async () => {
    const host = await library.found(`${username}.host`);
    const viewer = `${username}.viewer`;
    await library.join(host, viewer, "viewer");
    const person = agreeing(library.url, viewer, { tenant: `${username}.host (viewer)` });
    const { client, memory } = await connect(library.url, person, new ClientMemory());
    expect(await callTool(client, "whoami", {})).toMatchObject({
      tenant: `${username}.host`,
      permissions: ["self", "prompts:read"],
    });
    await expect(callTool(client, "create_prompt", { content: "no" })).rejects.toThrow("forbidden");
    expect(memory.sent).toHaveLength(1);
    await client.close();
  });
});
