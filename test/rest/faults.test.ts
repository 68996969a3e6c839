import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { describe, expect, it } from "vitest";
import { AppError } from "../../src/domain/errors.ts";
import { createRestRouter, type RestDependencies } from "../../src/transports/rest/router.ts";
import { type Reply, restClient } from "../support/rest.ts";

/** What `GET /v1/whoami` answers when the operation ends like this. */
async function answerTo(
  run: RestDependencies["run"],
  onError: RestDependencies["onError"] = () => undefined,
): Promise<Reply> {
  const caller = { role: "viewer" };
  const authenticate = async () => caller as Awaited<ReturnType<RestDependencies["authenticate"]>>;
  const callLimits = { expect: async () => undefined };
  const server = createServer(
    express().use(createRestRouter({ run, authenticate, callLimits, version: "1.0.0", onError })),
  );
  await once(server.listen(0, "127.0.0.1"), "listening");
  try {
    const { port } = server.address() as AddressInfo;
    return await restClient(`http://127.0.0.1:${port}`)("GET", "/v1/whoami");
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe("a fault of the server", () => {
  it("is reported with the request's id, and the caller learns nothing of its inside", async () => {
    const heard: unknown[] = [];
    const fault = new Error("SELECT secret FROM /srv/data");
    const reply = await answerTo(
      () => Promise.reject(fault),
      (error, requestId) => heard.push(error, requestId),
    );
    expect([reply.status, reply.body.code]).toEqual([500, "internal"]);
    expect(reply.text).not.toMatch(/SELECT|srv|stack/);
    expect(heard).toEqual([fault, reply.headers.get("X-Request-Id")]);
  });

  it("is not reported twice when the operation has reported it", async () => {
    const heard: unknown[] = [];
    const reply = await answerTo(
      () => Promise.reject(new AppError("internal", "Something went wrong.", undefined, new Error("x"))),
      (error) => heard.push(error),
    );
    expect(reply.status).toBe(500);
    expect(heard).toEqual([]);
  });
});

describe("an error that passes", () => {
  it("says when to come again", async () => {
    const unavailable = await answerTo(() => Promise.reject(new AppError("unavailable", "Not now.")));
    expect([unavailable.status, unavailable.headers.get("Retry-After")]).toEqual([503, "5"]);
    const limited = await answerTo(() =>
      Promise.reject(new AppError("rate_limited", "Slower.", { retry_after_seconds: 11.2 })),
    );
    expect([limited.status, limited.headers.get("Retry-After")]).toEqual([429, "12"]);
  });
});
