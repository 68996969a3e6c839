import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startServer } from "../../src/transports/http/server.ts";
import { openLibrary } from "../support/library.ts";
import { openServedLibrary } from "../support/sessions.ts";

let served: Awaited<ReturnType<typeof openServedLibrary>>;
beforeAll(async () => {
  served = await openServedLibrary();
});
afterAll(() => served.close());

interface Reply {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly text: string;
}

/** Unlike fetch, sends any Host and Origin. */
function send(
  path: string,
  headers: Record<string, string> = {},
  body?: string,
  method = "GET",
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${served.url}${path}`, { method, headers }, (response) => {
      let text = "";
      response.on("data", (chunk: Buffer) => {
        text += chunk;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    outgoing.once("error", reject);
    outgoing.end(body);
  });
}

const LIST = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" });
const MCP = { "Content-Type": "application/json", Accept: "application/json, text/event-stream" };

describe("the guards of the server", () => {
  it.each(["/mcp", "/v1/whoami", "/docs", "/openapi.json"])(
    "refuse a foreign Host and a foreign Origin on %s",
    async (path) => {
      expect((await send(path, { Host: "evil.example" })).status).toBe(403);
      expect((await send(path, { Origin: "https://evil.example" })).status).toBe(403);
    },
  );

  it("let probes ask for health under any name", async () => {
    expect(await send("/healthz", { Host: "10.1.2.3" })).toMatchObject({
      status: 200,
      text: '{"status":"ok"}',
    });
    expect((await send("/readyz", { Host: "10.1.2.3" })).status).toBe(200);
  });

  it("answer MCP without a credential, or with a bad one, with 401 and a challenge", async () => {
    for (const authorization of [undefined, "Bearer nonsense", "Bearer pf_nonsense", "Basic YTpi"]) {
      const headers = authorization === undefined ? MCP : { ...MCP, Authorization: authorization };
      const reply = await send("/mcp", headers, LIST, "POST");
      expect(reply.status).toBe(401);
      expect(reply.headers["www-authenticate"]).toContain("Bearer");
      expect(JSON.parse(reply.text)).toMatchObject({ code: "unauthenticated" });
    }
  });

  it.each([
    ["malformed JSON", "{", 400],
    [
      "a body over the limit",
      JSON.stringify({ jsonrpc: "2.0", id: 1, method: "x", params: { a: "x".repeat(1024 * 1024) } }),
      413,
    ],
    ["a batch of nothing", "[]", 400],
  ])("answer %s over MCP with an error of its own", async (_what, body, status) => {
    const reply = await send("/mcp", { ...MCP, Authorization: `Bearer ${served.key}` }, body, "POST");
    expect(reply.status).toBe(status);
    expect(reply.text).not.toMatch(/node_modules|\bat \w+ \(/);
  });
});

describe("starting", () => {
  it("beyond loopback needs the names of the hosts it is reached under", async () => {
    const library = await openLibrary({ environment: { PROMPTFORGE_HOST: "0.0.0.0" } });
    try {
      await expect(startServer(library.app)).rejects.toMatchObject({
        code: "invalid_input",
        message: expect.stringContaining("PROMPTFORGE_ALLOWED_HOSTS"),
      });
    } finally {
      await library.close();
    }
  });

  it("on a port in use says which, and what to do", async () => {
    const { port } = new URL(served.url);
    const library = await openLibrary({ environment: { PROMPTFORGE_PORT: port } });
    try {
      await expect(startServer(library.app)).rejects.toMatchObject({
        code: "unavailable",
        message: expect.stringContaining(`Port ${port} is in use`),
      });
    } finally {
      await library.close();
    }
  });

  it("in a data folder that cannot be used says so", async () => {
    const folder = await mkdtemp(join(tmpdir(), "promptforge-folder-"));
    try {
      await writeFile(join(folder, "file"), "");
      await expect(openLibrary({ dataDir: join(folder, "file") })).rejects.toMatchObject({
        code: "unavailable",
      });
      // Root may write everywhere, so that only other users can be kept out of a folder by its mode.
      if (process.getuid?.() !== 0) {
        await chmod(folder, 0o500);
        await expect(openLibrary({ dataDir: join(folder, "new") })).rejects.toMatchObject({
          code: "unavailable",
        });
      }
    } finally {
      await chmod(folder, 0o700);
      await rm(folder, { recursive: true, force: true });
    }
  });

  it("needs no model: it is ready before anything is embedded", async () => {
    const library = await openLibrary();
    try {
      const server = await startServer(library.app);
      expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
      expect(library.app.embedder.describe().engine).toBeUndefined();
      await server.close();
    } finally {
      await library.close();
    }
  });
});
