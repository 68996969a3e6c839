import { once } from "node:events";
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { PASSWORD } from "../support/library.ts";
import { restClient } from "../support/rest.ts";
import { openServedLibrary } from "../support/sessions.ts";
import { inPostgres } from "../support/with-sqlite.ts";

const CANARY = "CANARY7f3a91";
const TOKEN = "a-token-for-metrics-alone";

type Served = Awaited<ReturnType<typeof openServedLibrary>>;

/** With headers that fetch does not let one set. */
async function get(url: string, headers: Record<string, string> = {}) {
  const asked = request(`${url}/metrics`, { headers });
  asked.end();
  const [response] = await once(asked, "response");
  return { status: response.statusCode, headers: response.headers, text: await text(response) };
}

describe("metrics for whoever has the token", () => {
  let served: Served;
  beforeAll(async () => {
    served = await openServedLibrary({
      PROMPTFORGE_METRICS: "token",
      PROMPTFORGE_METRICS_TOKEN: TOKEN,
      PROMPTFORGE_METRICS_TENANTS: "1",
      PROMPTFORGE_LIMIT_SEARCH: "1",
      PROMPTFORGE_INDEXER: "false",
    });
  });
  afterAll(() => served.close());

  const read = async () => (await get(served.url, { Authorization: `Bearer ${TOKEN}` })).text;
  const valueAt = async (series: string) => {
    const line = (await read()).split("\n").find((one) => one.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length + 1));
  };
  const sum = async (pattern: RegExp) => {
    const lines = (await read()).split("\n").filter((line) => pattern.test(line));
    return lines.reduce((total, line) => total + Number(line.split(" ").at(-1)), 0);
  };

  it("are refused to others, whatever else they may", async () => {
    for (const headers of [
      {},
      { Authorization: `Bearer ${served.key}` },
      { Authorization: `Basic ${btoa(`x:${TOKEN}`)}` },
    ]) {
      const answer = await get(served.url, headers as Record<string, string>);
      expect(answer.status).toBe(401);
      expect(answer.headers["www-authenticate"]).toContain("Bearer");
      expect(answer.text).not.toContain("promptforge_");
    }
    const { status } = await restClient(served.url, TOKEN)("GET", "/v1/whoami");
    expect(status).toBe(401);
  });

  it("count calls by operation and outcome, requests, limits and sign-ins, and measure how long they took", async () => {
    const send = restClient(served.url, served.key);
    await send("POST", "/v1/prompts", { json: { name: "mail/reply", content: "Answer {{message}}." } });
    await send("GET", "/v1/prompts/mail/reply");
    await send("GET", "/v1/prompts/not/there");
    await send("GET", "/v1/search?query=answer");
    await send("GET", "/v1/search?query=answer");
    await send("POST", "/v1/auth/login", { json: { username: "ada", password: PASSWORD } });
    await send("POST", "/v1/auth/login", { json: { username: "ada", password: "wrong" } });

    expect(await valueAt('promptforge_operations_total{operation="create_prompt",outcome="ok"}')).toBe(1);
    expect(await valueAt('promptforge_operations_total{operation="get_prompt",outcome="not_found"}')).toBe(1);
    expect(
      await valueAt('promptforge_operations_total{operation="search_prompts",outcome="rate_limited"}'),
    ).toBe(1);
    expect(
      await valueAt('promptforge_operation_duration_seconds_count{operation="get_prompt",outcome="refused"}'),
    ).toBe(1);
    expect(await valueAt('promptforge_limits_hit_total{limit="search"}')).toBe(1);
    expect(await valueAt('promptforge_sign_ins_total{way="password",outcome="ok"}')).toBe(1);
    expect(await valueAt('promptforge_sign_ins_total{way="password",outcome="refused"}')).toBe(1);
    expect(await valueAt('promptforge_embedder_duration_seconds_count{kind="query"}')).toBe(1);
    expect(await sum(/^promptforge_http_requests_total\{surface="rest"/)).toBeGreaterThanOrEqual(7);
    // This one is being answered.
    expect(await valueAt("promptforge_http_requests_in_flight")).toBe(1);
  });

  it("tell the queue and how long it has waited, and that it is done", async () => {
    await eventually(async () => (await valueAt('promptforge_outbox_entries{stage="first"}')) === 1);
    expect(await valueAt("promptforge_index_lag_seconds")).toBeGreaterThan(0);
    expect(await valueAt("promptforge_library_up")).toBe(1);
    await served.app.indexer.drain();
    await eventually(async () => (await valueAt('promptforge_outbox_entries{stage="first"}')) === 0);
    expect(await valueAt("promptforge_index_lag_seconds")).toBe(0);
    expect(await valueAt("promptforge_index_ready")).toBe(1);
    expect(await valueAt('promptforge_embedder_duration_seconds_count{kind="texts"}')).toBeGreaterThan(0);
    expect(await sum(/^promptforge_cache_lookups_total/)).toBeGreaterThan(0);
    expect(await valueAt("promptforge_database_bytes")).toBeGreaterThan(0);
    // A database server's disk is not ours to weigh, and 0 would wake somebody.
    const free = await valueAt("promptforge_disk_free_bytes");
    if (inPostgres) expect(free).toBeUndefined();
    else expect(free).toBeGreaterThan(0);
  });

  it("name as many tenants as they are told to, the largest, and sum up the others", async () => {
    const small = await served.found("bob");
    await small.call("create_prompt", { name: "one", content: "b" });
    const large = await served.found("eve");
    for (const name of ["one", "two", "three"])
      await large.call("create_prompt", { name, content: "long ".repeat(500) });
    const largest = `promptforge_tenant_prompts{tenant="${large.caller.tenantId}"}`;
    await eventually(async () => (await valueAt(largest)) === 3);
    expect(await valueAt('promptforge_tenant_prompts{tenant="others"}')).toBe(2);
    const tenants = (await read())
      .split("\n")
      .filter((line) => line.startsWith("promptforge_tenant_prompts{"));
    expect(tenants).toHaveLength(2);
    expect(await valueAt("promptforge_tenants")).toBe(3);
  });

  it("hold no secret, no stored text, no name and no address, whatever was sent", async () => {
    const send = restClient(served.url, served.key);
    const login = (username: string, password: string) =>
      send("POST", "/v1/auth/login", { json: { username, password } });
    await login("ada", CANARY);
    await login(CANARY, CANARY);
    await send("POST", "/v1/prompts", {
      json: { name: `secret/${CANARY.toLowerCase()}`, content: CANARY, tags: [CANARY.toLowerCase()] },
    });
    await send("GET", `/v1/prompts/${CANARY}`);
    await send("GET", `/${CANARY}/${CANARY}`);
    await send("GET", `/v1/whoami?token=${CANARY}`);
    await send("GET", "/v1/whoami", {
      headers: { Authorization: `Bearer ${CANARY}`, Cookie: `pf_session=${CANARY}`, "X-Request-Id": CANARY },
    });
    const { body: made } = await send("POST", "/v1/api-keys", { json: { name: CANARY } });
    await fetch(`${served.url}/mcp`, {
      method: CANARY.toUpperCase(),
      headers: { Authorization: `Bearer ${served.key}` },
    }).catch(() => undefined);
    const all = await read();
    for (const secret of [
      CANARY,
      CANARY.toLowerCase(),
      TOKEN,
      served.key,
      made.secret,
      PASSWORD,
      "127.0.0.1",
      "ada",
    ]) {
      expect(all).not.toContain(secret);
    }
  });

  it("go on when the library cannot be asked, and say so", async () => {
    const { storage } = served.app;
    const { gauges } = storage;
    Object.assign(storage, { gauges: () => Promise.reject(new Error("broken")) });
    await eventually(async () => (await valueAt("promptforge_library_up")) === 0);
    Object.assign(storage, { gauges });
    await eventually(async () => (await valueAt("promptforge_library_up")) === 1);
  });
});

describe("metrics for this machine", () => {
  let served: Served;
  beforeAll(async () => {
    served = await openServedLibrary({ PROMPTFORGE_METRICS: "loopback" });
  });
  afterAll(() => served.close());

  it("are given to who asks from here, by its own name", async () => {
    expect(await get(served.url)).toMatchObject({
      status: 200,
      text: expect.stringContaining("promptforge_operations_total"),
    });
  });

  it.each([
    { Host: "prompts.example.com" },
    { "X-Forwarded-For": "203.0.113.7" },
    { Forwarded: "for=203.0.113.7" },
    { Via: "1.1 proxy" },
    { "X-Real-IP": "203.0.113.7" },
  ])("are not there for who comes through a proxy: %o", async (headers) => {
    const { status, text } = await get(served.url, headers as Record<string, string>);
    expect([403, 404]).toContain(status);
    expect(text).not.toContain("promptforge_");
  });
});

describe("without being asked for", () => {
  it("there are none, for nobody, and nothing counts", async () => {
    const served = await openServedLibrary();
    try {
      expect((await get(served.url)).status).toBe(404);
      expect(served.app.metrics).toBeUndefined();
    } finally {
      await served.close();
    }
  });
});
