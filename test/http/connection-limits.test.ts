import { once } from "node:events";
import { connect, type Socket } from "node:net";
import express, { type RequestHandler } from "express";
import { describe, expect, it, onTestFinished } from "vitest";
import {
  CONNECTION_LIMITS,
  type ConnectionLimits,
  createBoundedServer,
  dropIdleReaders,
} from "../../src/transports/http/connection-limits.ts";

/** More than the system keeps for a reader on its way. */
const LARGE = Buffer.alloc(32 * 1024 * 1024);

async function serve(handler: RequestHandler, limits: Partial<ConnectionLimits> = {}): Promise<number> {
  const all = { ...CONNECTION_LIMITS, ...limits };
  const web = express().use(dropIdleReaders(all)).use(handler);
  const server = createBoundedServer(web, all);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("No port was given");
  return address.port;
}

/** A client that has asked and does not read yet. */
async function ask(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  socket.write("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  return socket;
}

async function bytesOf(socket: Socket, pause = 0): Promise<number> {
  let bytes = 0;
  for await (const chunk of socket) {
    bytes += chunk.length;
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
  }
  return bytes;
}

describe("an answer", () => {
  it("that nobody reads is dropped, with its connection", async () => {
    const dropped = Promise.withResolvers<boolean>();
    const port = await serve(
      (_req, res) => {
        res.once("close", () => dropped.resolve(res.writableFinished));
        res.end(LARGE);
      },
      { drainTimeout: 100 },
    );
    await ask(port);
    expect(await dropped.promise).toBe(false);
  });

  it("that is read slowly, but read, arrives whole", async () => {
    const port = await serve((_req, res) => void res.end(LARGE), { drainTimeout: 1_000 });
    expect(await bytesOf(await ask(port), 1)).toBeGreaterThan(LARGE.length);
  });

  it("that takes long to make, or that has nothing to say for long, is kept", async () => {
    const port = await serve(
      (_req, res) => {
        res.write("a");
        // By then the reader's time has been up several times over.
        setTimeout(() => res.end("z"), 500);
      },
      { drainTimeout: 50 },
    );
    expect(await bytesOf(await ask(port))).toBeGreaterThan(2);
  });

  it("whose stream went quiet first is dropped all the same when nobody reads on", async () => {
    const dropped = Promise.withResolvers<boolean>();
    const port = await serve(
      (_req, res) => {
        res.once("close", () => dropped.resolve(res.writableFinished));
        res.write("a");
        setTimeout(() => res.write(LARGE), 200);
      },
      { drainTimeout: 50 },
    );
    await ask(port);
    expect(await dropped.promise).toBe(false);
  });
});

describe("connections", () => {
  it("beyond the most that are kept are closed as they come", async () => {
    const port = await serve((_req, res) => void res.write("waiting"), { maxConnections: 2 });
    const [one, two] = [await ask(port), await ask(port)];
    await Promise.all([once(one, "data"), once(two, "data")]);
    const three = await ask(port);
    await once(three, "close");
    expect([one.closed, two.closed]).toEqual([false, false]);
  });
});
