import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openServedLibrary } from "../support/sessions.ts";

let served: Awaited<ReturnType<typeof openServedLibrary>>;
beforeAll(async () => {
  served = await openServedLibrary({
    PROMPTFORGE_INDEXER: "false",
    PROMPTFORGE_ALLOWED_HOSTS: "prompts.example,my_service",
  });
});
afterAll(() => served.close());

/** The status of a request with exactly these header lines. */
async function statusOf(...lines: string[]): Promise<number> {
  const socket = connect(Number(new URL(served.url).port), "127.0.0.1");
  await once(socket, "connect");
  const authorization = `Authorization: Bearer ${served.key}`;
  // Left open for the answer: a server gives up on a request whose client has ended.
  socket.write(
    ["GET /v1/whoami HTTP/1.1", ...lines, authorization, "Connection: close", "", ""].join("\r\n"),
  );
  return Number(/^HTTP\/1\.1 (\d+)/.exec(await text(socket))?.[1]);
}

describe("the Host header", () => {
  it.each([
    "127.0.0.1",
    "localhost:8080",
    "LOCALHOST",
    "[::1]",
    "[::1]:99",
    "Prompts.Example:443",
    "my_service",
  ])("may be %j", async (host) => expect(await statusOf(`Host: ${host}`)).toBe(200));

  it.each([
    "evil.example",
    "127.0.0.1.evil.example",
    "evil.example@127.0.0.1",
    "127.0.0.1@evil.example",
    "127.0.0.1:80:80",
    "127.0.0.1:port",
    "localhost#evil.example",
    "localhost/evil",
    "localhost?evil",
    "localhost\\evil",
    "localhost.",
    "localhost, evil.example",
    "loCalhost%00",
    "local%68ost",
    "2130706433",
    "0x7f.1",
    "0x7f000001",
    "127.1",
    "0177.0.0.1",
    "[::ffff:127.0.0.1]",
    "[0:0:0:0:0:0:0:1]",
    "ⓛocalhost",
    "",
  ])("may not be %j", async (host) => {
    expect(await statusOf(`Host: ${host}`)).toBe(403);
  });

  it("may not come twice, in either order, or not at all", async () => {
    expect(await statusOf("Host: localhost", "Host: evil.example")).toBe(400);
    expect(await statusOf("Host: evil.example", "Host: localhost")).toBe(400);
    expect(await statusOf("Host: localhost", "host: localhost")).toBe(400);
    expect(await statusOf()).toBe(400);
  });
});

describe("the Origin header", () => {
  const statusFrom = (origin: string) => statusOf("Host: localhost", `Origin: ${origin}`);

  it.each([
    "http://localhost:3000",
    "https://127.0.0.1",
    "http://[::1]",
    "HTTP://LOCALHOST",
    "https://prompts.example",
  ])("may be %j", async (origin) => expect(await statusFrom(origin)).toBe(200));

  it.each([
    "",
    "null",
    "localhost",
    "http://",
    "file://",
    "http://evil.example",
    "http://localhost.evil.example",
    "http://localhost@evil.example",
    "http://evil.example@localhost",
    "http://evil.example:localhost",
    "http://localhost.",
    "https://127.0.0.1.",
    "http://127.1",
    "x://localhost",
    "javascript:localhost",
    "chrome-extension://localhost",
    "ws://localhost",
    "http://localhost/path",
    "http://localhost, http://evil.example",
  ])("may not be %j", async (origin) => {
    expect(await statusFrom(origin)).toBe(403);
  });

  it("may not come twice with one that is not allowed", async () => {
    const [good, evil] = ["Origin: http://localhost", "Origin: http://evil.example"] as const;
    expect(await statusOf("Host: localhost", good, evil)).toBe(403);
    expect(await statusOf("Host: localhost", evil, good)).toBe(403);
  });
});
