import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TEMPLATES } from "../../src/transports/mcp/uris.ts";
import { eventually } from "../support/eventually.ts";
import { type ServedLibrary, serveLibrary } from "../support/rest.ts";
import { type AnyClient, CLIENTS } from "../support/sessions.ts";
import { CANARY } from "./fixtures.ts";
import { type Stage, setStage } from "./stage.ts";

let library: ServedLibrary;
let stage: Stage;
let key: string;
beforeAll(async () => {
  library = await serveLibrary();
  stage = await setStage(library, ["admin"]);
  key = await stage.attackers.get("admin")!.key();
});
afterAll(async () => {
  await stage.close();
  await library.close();
});

type Surface = AnyClient & Pick<Client, "complete">;

describe.each(Object.entries(CLIENTS))("another tenant, over MCP, %s", (_era, connect) => {
  let client: Surface;
  beforeAll(async () => {
    // Both generations of the client complete alike.
    client = (await connect({ ...library, key })) as Surface;
  });
  afterAll(() => client.close());

  it("lists its own prompts and resources, and none of the victim's", async () => {
    const lists = JSON.stringify([await client.listPrompts(), await client.listResources()]);
    expect(lists).toContain("own");
    expect(lists).not.toContain(CANARY);
  });

  it("goes on from a cursor of the victim's as from one of nobody's", async () => {
    const { listCursor } = stage.victim;
    for (const list of ["listPrompts", "listResources"] as const) {
      const theirs = await told(() => client[list]({ cursor: listCursor }));
      expect(theirs).toBe(await told(() => client[list]({ cursor: "bm9ib2R5" })));
      expect(theirs).not.toContain(CANARY);
    }
  });

  it("fills none of the victim's prompts, and is answered as if there were none", async () => {
    const nobodys = await told(() => client.getPrompt({ name: "nobody/nothing" }));
    for (const name of references()) expect(await told(() => client.getPrompt({ name }))).toBe(nobodys);
  });

  it("reads none of the victim's resources, by whatever address", async () => {
    const suffixes = ["", "/versions/1", `/labels/${CANARY}`, "/labels/latest"];
    for (const name of references()) {
      for (const suffix of suffixes) {
        const theirs = await told(() => client.readResource({ uri: `prompt://${name}${suffix}` }));
        const nobodys = await told(() => client.readResource({ uri: `prompt://nobody/nothing${suffix}` }));
        expect(theirs.replaceAll(name, "")).toBe(nobodys.replaceAll("nobody/nothing", ""));
      }
    }
  });

  it("completes none of the victim's names, versions and labels", async () => {
    expect(await completion(TEMPLATES.latest, "name", CANARY)).toBe(
      await completion(TEMPLATES.latest, "name", "nobody"),
    );
    for (const [template, argument] of [
      [TEMPLATES.version, "version"],
      [TEMPLATES.label, "label"],
    ] as const) {
      const nobodys = await completion(template, argument, "", "nobody/nothing");
      for (const name of references()) {
        expect(await completion(template, argument, "", name)).toBe(nobodys);
      }
    }
  });

  function completion(uri: string, argument: string, value: string, name?: string): Promise<string> {
    const context = name === undefined ? {} : { context: { arguments: { name } } };
    return told(() =>
      client.complete({
        ref: { type: "ref/resource", uri },
        argument: { name: argument, value },
        ...context,
      }),
    );
  }
});

describe("another tenant that listens to the victim's addresses, over MCP, HTTP, 2026-07-28", () => {
  it("hears of its own changes, and of none of the victim's", async () => {
    const client = new Client(
      { name: "test", version: "1" },
      { versionNegotiation: { mode: { pin: "2026-07-28" } } },
    );
    const heard: string[] = [];
    client.setNotificationHandler(
      "notifications/resources/updated",
      ({ params }) => void heard.push(params.uri),
    );
    client.setNotificationHandler("notifications/prompts/list_changed", () => void heard.push("prompts"));
    const requestInit = { headers: { Authorization: `Bearer ${key}` } };
    await client.connect(new StreamableHTTPClientTransport(new URL(`${library.url}/mcp`), { requestInit }));
    const { member, prompt } = stage.victim;
    const uris = [...references(), `${prompt.name}/labels/${CANARY}`, "own"].map(
      (name) => `prompt://${name}`,
    );
    await client.listen({ promptsListChanged: true, resourceSubscriptions: uris });

    await member.call("update_prompt", { name: prompt.name, content: `${CANARY}, changed` });
    await member.call("set_label", { name: prompt.name, label: CANARY, version: 3 });
    await member.call("archive_prompt", { name: prompt.name });
    // What had leaked would come before this.
    await stage.attackers.get("admin")!.call("update_prompt", { name: "own", content: "Changed" });
    await eventually(() => heard.length >= 2);
    expect(heard.toSorted()).toEqual(["prompt://own", "prompts"]);
    await client.close();
  });
});

function references(): string[] {
  const { prompt, archived } = stage.victim;
  return [prompt.name, prompt.id, archived.name, archived.id];
}

/** All that a caller is told, whether it went well or not. */
async function told(call: () => Promise<unknown>): Promise<string> {
  return call().then(
    (answer) => JSON.stringify(answer),
    (error: { readonly code?: unknown; readonly message?: unknown; readonly data?: unknown }) =>
      JSON.stringify([error.code, error.message, error.data]),
  );
}
