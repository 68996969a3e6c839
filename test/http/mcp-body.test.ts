import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { restClient } from "../support/rest.ts";
import { openServedLibrary } from "../support/sessions.ts";

let served: Awaited<ReturnType<typeof openServedLibrary>>;
beforeAll(async () => {
  served = await openServedLibrary({ PROMPTFORGE_INDEXER: "false" });
});
afterAll(() => served.close());

const HEADERS = { "Content-Type": "application/json", Accept: "application/json, text/event-stream" };
const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "whoami" } };

function send(body: string | object | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) {
  const sent = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
  return restClient(served.url, served.key)("POST", "/mcp", {
    body: sent,
    headers: { ...HEADERS, "MCP-Protocol-Version": "2025-11-25", ...headers },
  });
}

const deep = (levels: number) =>
  `{"jsonrpc":"2.0","id":1,"method":"x","params":${"[".repeat(levels)}${"]".repeat(levels)}}`;

describe("a message to /mcp", () => {
  it("is answered", async () => {
    const { status, text } = await send(call);
    expect(status).toBe(200);
    expect(text).toContain('"username":"ada"');
  });

  it.each([
    ["that is not JSON", "{", 400, -32700],
    ["that is not UTF-8", new Uint8Array([0x22, 0xff, 0x22]), 400, -32700],
    ["that is empty", "", 400, -32700],
    ["that is nested too deep", deep(400_000), 400, -32700],
    ["that is larger than 1 MiB", JSON.stringify({ ...call, more: "x".repeat(1024 * 1024) }), 413, -32000],
    ["that is a batch of one", [call], 400, -32600],
    ["that is a batch of a hundred", Array.from({ length: 100 }, (_, id) => ({ ...call, id })), 400, -32600],
    ["that is an empty batch", [], 400, -32600],
  ])("%s is refused as JSON-RPC has it", async (_what, body, status, code) => {
    const reply = await send(body);
    expect(reply.status).toBe(status);
    expect(reply.body).toEqual({
      jsonrpc: "2.0",
      id: null,
      error: { code, message: expect.any(String) },
    });
  });

  it.each(["text/plain", "application/json; charset=utf-16", "application/xml", "json"])(
    "is refused with 415 as %s",
    async (type) => {
      const reply = await send(call, { "Content-Type": type });
      expect(reply.status).toBe(415);
      expect(reply.body).toMatchObject({ jsonrpc: "2.0", error: { code: -32000 } });
    },
  );

  it("is not read when it comes from a stranger", async () => {
    const reply = await restClient(served.url)("POST", "/mcp", { body: deep(400_000), headers: HEADERS });
    expect(reply.status).toBe(401);
  });
});
