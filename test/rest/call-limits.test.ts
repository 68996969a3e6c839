import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import type { CallAllowance, CallClass } from "../../src/domain/call-limits.ts";
import { callClassOf } from "../../src/operations/define-operation.ts";
import { catalogue } from "../../src/operations/index.ts";
import { createMemoryRateLimiter } from "../../src/security/rate-limiter.ts";
import { type Counted, createCallLimitService } from "../../src/services/call-limits.ts";
import { type Rest, type ServedLibrary, serveLibrary } from "../support/rest.ts";
import { type AnyClient, CLIENTS } from "../support/sessions.ts";

type Client = AnyClient & { complete(params: unknown): Promise<unknown> };
const COMPLETION = {
  ref: { type: "ref/resource", uri: "nothing://{x}" },
  argument: { name: "x", value: "" },
};

describe("the class of each operation", () => {
  it("follows from what it does, and is said where it is another", () => {
    const classes = Object.fromEntries(
      catalogue.map((operation) => [operation.name, callClassOf(operation)]),
    );
    expect(classes).toMatchObject({
      get_prompt: "reads",
      list_prompts: "reads",
      render_prompt: "reads",
      create_prompt: "writes",
      update_prompt: "writes",
      create_api_key: "writes",
      search_prompts: "search",
      find_similar: "search",
      verify_audit_log: "import",
      export_access_review: "import",
      login: "sign_in",
      register: "sign_in",
    });
    for (const operation of catalogue) {
      if (operation.permission === "public") expect(callClassOf(operation), operation.name).toBe("sign_in");
    }
  });
});

describe("calls over the network", () => {
  let library: ServedLibrary;
  let ada: Rest;
  let key: string;
  beforeAll(async () => {
    library = await serveLibrary({
      environment: {
        PROMPTFORGE_TRUSTED_PROXIES: "loopback",
        PROMPTFORGE_LIMIT_READS: "20",
        PROMPTFORGE_LIMIT_WRITES: "4",
        PROMPTFORGE_LIMIT_SEARCH: "3",
        PROMPTFORGE_LIMIT_SIGN_IN: "5",
      },
    });
    const member = await library.found("ada");
    key = await member.key();
    ada = clientOf(key);
  });
  afterAll(() => library.close());

  const clientOf =
    (credential: string): Rest =>
    (method, path, call = {}) =>
      library.stranger(method, path, {
        ...call,
        headers: { Authorization: `Bearer ${credential}`, ...call.headers },
      });
  const create = (client: Rest) => client("POST", "/v1/prompts", { json: { content: "x" } });

  it("tell by RateLimit headers how much is left of which limit", async () => {
    const bob = await library.newcomer("bob");
    const { headers } = await create(bob);
    expect(headers.get("RateLimit-Policy")).toBe('"writes";q=4;w=60');
    expect(headers.get("RateLimit")).toMatch(/^"writes";r=3;t=\d+$/);
    const search = await bob("POST", "/prompts/search", { json: { query: "x" } });
    expect(search.headers.get("RateLimit-Policy")).toBe('"search";q=3;w=60, "reads";q=20;w=60');
    expect(search.headers.get("RateLimit")).toMatch(/^"search";r=2;t=\d+, "reads";r=19;t=\d+$/);
  });

  it("are refused with 429 and the seconds to wait, one beyond the limit, and what was sent is not read", async () => {
    for (let n = 0; n < 4; n++) expect((await create(ada)).status).toBe(201);
    const refused = await create(ada);
    expect(refused.status).toBe(429);
    expect(refused.body).toMatchObject({
      code: "rate_limited",
      details: { limit: "writes", allowed: 4, window_seconds: 60, retry_after_seconds: expect.any(Number) },
    });
    expect(refused.body.detail).toMatch(/Too many writes .* 4 a minute .* Wait \d+ seconds?/);
    expect(Number(refused.headers.get("Retry-After"))).toBe(refused.body.details.retry_after_seconds);
    expect(refused.headers.get("RateLimit")).toMatch(/^"writes";r=0;t=\d+$/);
    const unread = await ada("POST", "/v1/prompts", { body: "{", headers: { "Content-Type": "text/plain" } });
    expect(unread.status).toBe(429);
  });

  it("are counted for the tenant, whoever of it calls and by which credential, and by class", async () => {
    const cleo = await library.found("cleo");
    const [one, two] = [clientOf(await cleo.key()), clientOf(await cleo.key("developer"))];
    const dan = clientOf(await (await library.join(cleo, "dan", "developer")).key());
    for (const client of [one, two, dan, one]) expect((await create(client)).status).toBe(201);
    for (const client of [one, two, dan]) expect((await create(client)).status).toBe(429);
    expect((await one("GET", "/v1/prompts")).status).toBe(200);
    expect((await create(await library.newcomer("eve"))).status).toBe(201);
  });

  it("are counted alike whether they are allowed or not, and however they are written", async () => {
    const fay = clientOf(await (await library.found("fay")).key("viewer"));
    expect((await create(fay)).status).toBe(403);
    expect((await fay("POST", "/v1/prompts", { json: { content: 5 } })).status).toBe(403);
    expect((await create(fay)).status).toBe(403);
    expect((await create(fay)).status).toBe(403);
    expect((await create(fay)).status).toBe(429);
  });

  it("without a credential are counted by address", async () => {
    const register = (address: string, username: string) =>
      library.stranger("POST", "/v1/auth/register", {
        json: { username, password: "correct horse battery staple" },
        headers: { "X-Forwarded-For": address },
      });
    for (let n = 0; n < 5; n++) expect((await register("192.0.2.1", `guest${n}`)).status).toBe(201);
    const refused = await register("192.0.2.1", "guest5");
    expect([refused.status, refused.body.details.limit]).toEqual([429, "sign_in"]);
    expect((await register("192.0.2.2", "guest5")).status).toBe(201);
  });

  it("over MCP are told to the model: what happened and how long to wait", async () => {
    const gus = await library.found("gus");
    const client = await CLIENTS["HTTP, 2026-07-28"]({ ...library, key: await gus.key() });
    const search = () => client.callTool({ name: "search_prompts", arguments: { query: "x" } });
    for (let n = 0; n < 3; n++) expect((await search()).isError).toBeFalsy();
    expect(await search()).toMatchObject({
      isError: true,
      content: [{ text: expect.stringMatching(/^rate_limited: Too many searches .* Wait \d+ seconds?/) }],
      _meta: {
        "promptforge/error": {
          code: "rate_limited",
          details: { limit: "search", retry_after_seconds: expect.any(Number) },
        },
      },
    });
    expect((await client.callTool({ name: "whoami", arguments: {} })).isError).toBeFalsy();
    await client.close();
  });

  it("of MCP that run nothing (lists of tools) count as reads, and are refused with 429", async () => {
    const hal = clientOf(await (await library.found("hal")).key());
    const list = () =>
      hal("POST", "/mcp", {
        json: { jsonrpc: "2.0", id: 1, method: "tools/list", params: {} },
        headers: { Accept: "application/json, text/event-stream", "MCP-Protocol-Version": "2025-11-25" },
      });
    for (let n = 0; n < 20; n++) expect((await list()).status).toBe(200);
    const refused = await list();
    expect([refused.status, refused.body.code]).toEqual([429, "rate_limited"]);
    expect(Number(refused.headers.get("Retry-After"))).toBeGreaterThan(0);
  });

  it.each<[string, string, (client: Client) => Promise<unknown>]>([
    ["a completion in an address that is none", "jim", (client) => client.complete(COMPLETION)],
    ["a resource at such an address", "joe", (client) => client.readResource({ uri: "nothing://here" })],
    ["a skill at such an address", "jan", (client) => client.readResource({ uri: "skill://nobody" })],
  ])("of MCP count as reads where they turn out to run nothing: %s", async (_what, username, ask) => {
    const member = await library.found(username);
    const client = (await CLIENTS["HTTP, 2026-07-28"]({ ...library, key: await member.key() })) as Client;
    const refusals: unknown[] = [];
    for (let n = 0; n < 21; n++) {
      await ask(client).catch((error: { data?: { code?: string } }) => refusals.push(error.data));
    }
    expect(refusals.at(-1)).toMatchObject({
      code: "rate_limited",
      limit: "reads",
      retry_after_seconds: expect.any(Number),
    });
    await client.close();
  });

  it("are the only ones that are counted: who works at the machine itself may do as much as it can", async () => {
    const ivy = await library.found("ivy");
    for (let n = 0; n < 30; n++) await ivy.call("whoami");
    for (let n = 0; n < 10; n++) await ivy.call("create_prompt", { content: "x" });
  });
});

describe("a limit of 0", () => {
  it("is none, and nothing is told of it", async () => {
    const library = await serveLibrary({ environment: { PROMPTFORGE_LIMIT_READS: "0" } });
    const ada = await library.newcomer("ada");
    const { status, headers } = await ada("GET", "/v1/whoami");
    expect([status, headers.get("RateLimit")]).toEqual([200, null]);
    await library.close();
  });
});

describe("a burst of calls", () => {
  // Longer than a test takes, so that none of it depends on how fast the machine is.
  const environment = { PROMPTFORGE_LIMIT_READS: "300", PROMPTFORGE_LIMIT_BURST_SECONDS: "30" };

  it.each(["memory", "shared"])(
    "is held to a tenth of the minute's, whose limit it does not use up (%s)",
    async (store) => {
      const library = await serveLibrary({
        environment: { ...environment, PROMPTFORGE_LIMITS_STORE: store },
      });
      const [ada, bob] = [await library.newcomer("ada"), await library.newcomer("bob")];
      for (let n = 0; n < 30; n++) expect((await ada("GET", "/v1/whoami")).status).toBe(200);
      const refused = await ada("GET", "/v1/whoami");
      expect(refused.status).toBe(429);
      expect(refused.body).toMatchObject({
        code: "rate_limited",
        detail: expect.stringMatching(/Too many reads from your tenant: 30 in 30 seconds .* Wait \d+ second/),
        details: { limit: "reads", allowed: 30, window_seconds: 30 },
      });
      expect(Number(refused.headers.get("Retry-After"))).toBe(refused.body.details.retry_after_seconds);
      expect(refused.headers.get("RateLimit-Policy")).toBe('"reads-burst";q=30;w=30');
      expect(refused.headers.get("RateLimit")).toMatch(/^"reads-burst";r=0;t=\d+$/);
      for (let n = 0; n < 5; n++) await ada("GET", "/v1/whoami");
      const other = await bob("GET", "/v1/whoami");
      expect([other.status, other.headers.get("RateLimit-Policy")]).toEqual([200, '"reads";q=300;w=60']);
      await library.close();
    },
  );

  it("is over after its seconds, and only what was let through has counted for the minute", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    onTestFinished(() => void vi.useRealTimers());
    const { count } = createCallLimitService({
      limiter: createMemoryRateLimiter(),
      moments: createMemoryRateLimiter(),
      momentSeconds: 2,
      limits: { reads: 50, writes: 10, search: 0, import: 60, sign_in: 300 },
      networkOf: (address) => address,
    });
    const take = async (times: number, callClass: CallClass, whose: Counted) => {
      let last: CallAllowance | undefined;
      const tell = (allowance: CallAllowance) => {
        last = allowance;
      };
      for (let n = 0; n < times; n++) await count(callClass, whose, tell).catch(() => undefined);
      return last;
    };
    const tenant = { tenantId: "a" };
    expect(await take(100, "reads", tenant)).toMatchObject({
      policy: "reads-burst",
      limit: 20,
      windowSeconds: 2,
    });
    vi.setSystemTime(Date.now() + 2_001);
    expect(await take(1, "reads", tenant)).toMatchObject({ policy: "reads", remaining: 50 - 21 });
    // Too few to be a burst; none at all; and strangers, who wait in a line of their own.
    expect(await take(11, "writes", tenant)).toMatchObject({ policy: "writes", remaining: 0 });
    expect(await take(100, "search", tenant)).toBeUndefined();
    expect(await take(100, "sign_in", { address: "192.0.2.1" })).toMatchObject({
      policy: "sign_in",
      remaining: 200,
    });
  });
});

describe("limits that processes share", () => {
  it("are counted by all servers of one library", async () => {
    const environment = { PROMPTFORGE_LIMIT_SEARCH: "3", PROMPTFORGE_LIMITS_STORE: "shared" };
    const one = await serveLibrary({ environment });
    const two = await serveLibrary({ environment, dataDir: one.dataDir });
    const key = await (await one.found("ada")).key();
    const search = ({ stranger }: ServedLibrary) =>
      stranger("GET", "/v1/search?query=x", { headers: { Authorization: `Bearer ${key}` } });
    const statuses = [];
    for (const server of [one, two, one, two, one]) statuses.push((await search(server)).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    await two.close();
    await one.close();
  });
});
