import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createPlain, type RequestListener, type Server } from "node:http";
import { createServer as createSecure } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/config.ts";
import { createGuardedFetch, type GuardedFetchOptions } from "../../src/security/guarded-fetch.ts";

const PEM = readFileSync(join(import.meta.dirname, "fixtures/issuer-test.pem"), "utf8");
const trusted = getCACertificates("default");

/** Each listens on 127.0.0.1 and answers by `answer`, which a test may set. */
let answer: RequestListener;
let received: string[];
let plain: Server;
let secure: Server;

beforeAll(async () => {
  setDefaultCACertificates([...trusted, PEM]);
  const listener: RequestListener = (request, response) => {
    received.push(`${request.method} ${request.headers.host} ${request.url}`);
    answer(request, response);
  };
  plain = createPlain(listener);
  secure = createSecure({ cert: PEM, key: PEM }, listener);
  for (const server of [plain, secure]) await once(server.listen(0, "127.0.0.1"), "listening");
});
beforeEach(() => {
  received = [];
  answer = (_request, response) => response.end("hello");
});
afterAll(async () => {
  setDefaultCACertificates(trusted);
  for (const server of [plain, secure]) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

const portOf = (server: Server) => (server.address() as AddressInfo).port;

interface World extends Omit<Partial<GuardedFetchOptions>, "allow"> {
  /** As the setting has it. */
  readonly allow?: string;
  /** What the name servers know. */
  readonly names?: Readonly<Record<string, readonly string[]>>;
}

function fetchIn({ allow = "", names = {}, ...options }: World) {
  return createGuardedFetch({
    allow: loadConfig({ PROMPTFORGE_OUTGOING_ALLOW: allow }).outgoingAllow,
    resolve: async (hostname) => {
      const found = names[hostname.replace(/\.$/, "")];
      if (found === undefined) throw new Error(`ENOTFOUND ${hostname}`);
      return found;
    },
    ...options,
  });
}

/** The failure of a request, which has to fail. */
async function failureOf(request: Promise<Response>): Promise<Error & { reason: string }> {
  const failure = await request.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ name: "OutgoingError" });
  return failure as Error & { reason: string };
}

const INSIDE: Readonly<Record<string, readonly string[]>> = {
  "loopback.example": ["127.0.0.1"],
  "loopback6.example": ["::1"],
  "private.example": ["10.1.2.3"],
  "mixed.example": ["93.184.216.34", "192.168.1.1"],
  "mixed6.example": ["2606:2800:220:1::1", "fd00::1"],
  "metadata.google.internal": ["169.254.169.254"],
  "mapped.example": ["::ffff:127.0.0.1"],
  "scoped.example": ["fe80::1%eth0"],
  "strange.example": ["not an address"],
  localhost: ["127.0.0.1", "::1"],
};

describe("an outgoing request is refused", () => {
  it.each([
    // Not https.
    "http://example.com/",
    "http://127.0.0.1/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "data:text/plain,hello",
    "gopher://127.0.0.1:6379/_INFO",
    "javascript:alert(1)",
    "//example.com/",
    "not an address",
    "",
    // IPv4, in all its spellings.
    "https://127.0.0.1/",
    "https://127.0.0.1./",
    "https://127.1/",
    "https://127.0.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://017700000001/",
    "https://0x7f.1/",
    "https://127.000.000.001/",
    "https://１２７.0.0.1/",
    "https://127。0。0。1/",
    "https://%31%32%37.0.0.1/",
    "https://0/",
    "https://0.0.0.0/",
    // IPv4 that is not of the internet.
    "https://10.0.0.1/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.0.1/",
    "https://100.64.0.1/",
    "https://100.100.100.200/",
    "https://169.254.169.254/latest/meta-data/",
    "https://2852039166/latest/meta-data/",
    "https://0xa9fea9fe/",
    "https://168.63.129.16/",
    "https://192.0.0.192/",
    "https://192.0.2.1/",
    "https://198.18.0.1/",
    "https://198.51.100.1/",
    "https://203.0.113.1/",
    "https://192.88.99.1/",
    "https://224.0.0.1/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    // IPv6 that is not of the internet, or that hides IPv4.
    "https://[::]/",
    "https://[::1]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[::ffff:a9fe:a9fe]/",
    "https://[::127.0.0.1]/",
    "https://[::ffff:0:127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b::169.254.169.254]/",
    "https://[64:ff9b:1::10.0.0.1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:7f00:1::]/",
    "https://[fc00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[fe80::1]/",
    "https://[fec0::1]/",
    "https://[ff02::1]/",
    "https://[100::1]/",
    "https://[2001:db8::1]/",
    "https://[5f00::1]/",
    // User information, which hides where it leads.
    "https://example.com@127.0.0.1/",
    "https://user:password@example.com/",
    "https://example.com%40@127.0.0.1/",
    "https://127.0.0.1\\@example.com/",
    // Names that lead inside.
    "https://localhost/",
    "https://localhost./",
    "https://LOCALHOST/",
    "https://loopback.example/",
    "https://loopback.example./",
    "https://loopback6.example/",
    "https://private.example/",
    "https://mixed.example/",
    "https://mixed6.example/",
    "https://metadata.google.internal/computeMetadata/v1/",
    "https://mapped.example/",
    "https://scoped.example/",
    "https://strange.example/",
  ])("to %s", async (url) => {
    const failure = await failureOf(fetchIn({ names: INSIDE })(url));
    expect(failure.reason).toBe("refused");
  });

  it("whatever the spelling of an address of the inside", async () => {
    const octets = fc.oneof(
      fc.tuple(fc.constantFrom(0, 10, 127), fc.nat(255), fc.nat(255), fc.nat(255)),
      fc.tuple(fc.constant(172), fc.integer({ min: 16, max: 31 }), fc.nat(255), fc.nat(255)),
      fc.tuple(fc.constant(192), fc.constant(168), fc.nat(255), fc.nat(255)),
      fc.tuple(fc.constant(169), fc.constant(254), fc.nat(255), fc.nat(255)),
      fc.tuple(fc.integer({ min: 224, max: 255 }), fc.nat(255), fc.nat(255), fc.nat(255)),
    );
    const spelling = fc.constantFrom<(parts: readonly number[]) => string>(
      (parts) => parts.join("."),
      (parts) => `${parts.join(".")}.`,
      (parts) => String(whole(parts)),
      (parts) => `0x${whole(parts).toString(16)}`,
      (parts) => `0${whole(parts).toString(8)}`,
      (parts) => parts.map((part) => `0x${part.toString(16)}`).join("."),
      (parts) => parts.map((part) => `0${part.toString(8)}`).join("."),
      (parts) => `[::ffff:${parts.join(".")}]`,
      (parts) => `[64:ff9b::${parts.join(".")}]`,
      (parts) => `[::${parts.join(".")}]`,
    );
    const guarded = fetchIn({});
    await fc.assert(
      fc.asyncProperty(octets, spelling, async (parts, spelled) => {
        expect((await failureOf(guarded(`https://${spelled(parts)}/`))).reason).toBe("refused");
      }),
    );
    function whole(parts: readonly number[]): number {
      return parts.reduce((number, part) => number * 256 + part, 0);
    }
  });

  it("without a word on what lies inside", async () => {
    const failure = await failureOf(fetchIn({ names: INSIDE })("https://private.example/"));
    expect(failure.message).toContain("private.example");
    expect(failure.message).toContain("PROMPTFORGE_OUTGOING_ALLOW");
    expect(failure.message).not.toContain("10.1.2.3");
  });

  it("when no name server knows the host", async () => {
    expect((await failureOf(fetchIn({})("https://nobody.example/"))).reason).toBe("unresolved");
    const empty = fetchIn({ resolve: async () => [] });
    expect((await failureOf(empty("https://nobody.example/"))).reason).toBe("unresolved");
  });
});

describe("between check and connection", () => {
  it("nothing is resolved a second time: the socket goes to the address that was checked", async () => {
    let lookups = 0;
    const guarded = fetchIn({
      allow: "127.0.0.1",
      // From the second look-up on the name leads elsewhere.
      resolve: async () => (++lookups === 1 ? ["127.0.0.1"] : ["169.254.169.254"]),
    });
    const response = await guarded(`https://issuer.test:${portOf(secure)}/keys`);
    expect(await response.text()).toBe("hello");
    expect(lookups).toBe(1);
    expect(received).toEqual([`GET issuer.test:${portOf(secure)} /keys`]);
  });

  it("a name that turns to the inside later is refused then", async () => {
    let lookups = 0;
    const guarded = fetchIn({
      allow: "127.0.0.1",
      resolve: async () => (++lookups === 1 ? ["127.0.0.1"] : ["127.0.0.1", "10.0.0.1"]),
    });
    const url = `https://issuer.test:${portOf(secure)}/`;
    expect((await guarded(url)).status).toBe(200);
    expect((await failureOf(guarded(url))).reason).toBe("refused");
    expect(received).toHaveLength(1);
  });
});

describe("over TLS", () => {
  const names = { "issuer.test": ["127.0.0.1"], "other.test": ["127.0.0.1"] };

  it("the certificate has to be the host's own", async () => {
    const guarded = fetchIn({ allow: "127.0.0.0/8", names });
    expect((await guarded(`https://issuer.test:${portOf(secure)}/`)).status).toBe(200);
    const failure = await failureOf(guarded(`https://other.test:${portOf(secure)}/`));
    expect(failure).toMatchObject({ reason: "unreachable", cause: { code: "ERR_TLS_CERT_ALTNAME_INVALID" } });
    expect(received).toHaveLength(1);
  });

  it("a server without TLS is not reached", async () => {
    const guarded = fetchIn({ allow: "127.0.0.0/8", names });
    expect((await failureOf(guarded(`https://issuer.test:${portOf(plain)}/`))).reason).toBe("unreachable");
    expect(received).toEqual([]);
  });
});

describe("what the operator allows", () => {
  const names = { "issuer.test": ["127.0.0.1"] };

  it.each(["issuer.test", "ISSUER.test", "127.0.0.1", "127.0.0.0/8", " 10.0.0.0/8 , issuer.test ,"])(
    "is reached over https: %s",
    async (allow) => {
      const guarded = fetchIn({ allow, names });
      expect((await guarded(`https://issuer.test:${portOf(secure)}/`)).status).toBe(200);
      expect((await guarded(`https://issuer.test.:${portOf(secure)}/`)).status).toBe(200);
      expect((await failureOf(guarded(`http://issuer.test:${portOf(plain)}/`))).reason).toBe("refused");
    },
  );

  it.each([
    "other.test",
    "issuer.test.example",
    "test",
    "10.0.0.0/8",
    "::1",
    "fd00::/8",
    "http://issuer.test",
  ])("is no more than what it says: %s", async (allow) => {
    const guarded = fetchIn({ allow, names });
    expect((await failureOf(guarded(`https://issuer.test:${portOf(secure)}/`))).reason).toBe("refused");
    expect((await failureOf(guarded(`http://issuer.test:${portOf(plain)}/`))).reason).toBe("refused");
    expect(received).toEqual([]);
  });

  it("is called without TLS where its origin is named with http", async () => {
    const guarded = fetchIn({ allow: `http://issuer.test:${portOf(plain)}`, names });
    expect((await guarded(`http://issuer.test:${portOf(plain)}/`)).status).toBe(200);
    expect((await failureOf(guarded(`http://issuer.test:${portOf(secure)}/`))).reason).toBe("refused");
    expect((await failureOf(guarded(`https://issuer.test:${portOf(secure)}/`))).reason).toBe("refused");
  });

  it.each([
    "https://issuer.test",
    "http://issuer.test/path",
    "http://a@issuer.test",
    "10.0.0.0/33",
    "10.1",
    "*",
    "a b",
  ])("has to be a host, an address, a range or an origin: %s", (allow) => {
    expect(() => loadConfig({ PROMPTFORGE_OUTGOING_ALLOW: allow })).toThrow(
      "PROMPTFORGE_OUTGOING_ALLOW must hold host names",
    );
  });
});

describe("the answer", () => {
  let url: string;
  let guarded: ReturnType<typeof fetchIn>;
  let hasty: ReturnType<typeof fetchIn>;

  beforeEach(() => {
    const origin = `http://127.0.0.1:${portOf(plain)}`;
    url = `${origin}/`;
    guarded = fetchIn({ allow: origin, maxBytes: 1000 });
    hasty = fetchIn({ allow: origin, timeoutMs: 300 });
  });

  it("comes whole, with its status and headers; the request with its method, headers and body", async () => {
    answer = async (request, response) => {
      const body = Buffer.concat(await request.toArray()).toString();
      response.writeHead(422, { "Content-Type": "text/plain", "X-Two": ["a", "b"] });
      response.end(`${request.headers["x-event"]} ${request.headers["content-length"]} ${body}`);
    };
    const response = await guarded(url, { method: "POST", body: "héllo", headers: { "X-Event": "made" } });
    expect(response.status).toBe(422);
    expect(response.headers.get("x-two")).toBe("a, b");
    expect(await response.text()).toBe("made 6 héllo");
  });

  it("may be empty", async () => {
    answer = (_request, response) => response.writeHead(204).end();
    expect(await guarded(url)).toMatchObject({ status: 204, body: null });
  });

  it.each([301, 302, 303, 307, 308])("is refused when it is a redirect: %i", async (status) => {
    answer = (_request, response) => response.writeHead(status, { Location: `${url}inside` }).end();
    expect((await failureOf(guarded(url))).reason).toBe("redirected");
    expect(received).toHaveLength(1);
  });

  it("is refused when it is too large, declared so or not, and left before its end", async () => {
    answer = (_request, response) => response.end("x".repeat(1001));
    expect((await failureOf(guarded(url))).reason).toBe("too_large");
    let closed: Promise<unknown> = Promise.resolve();
    answer = (_request, response) => {
      closed = once(response, "close");
      const more = () => {
        while (response.writable && response.write("x".repeat(500)));
      };
      response.on("drain", more);
      more();
    };
    expect((await failureOf(guarded(url))).reason).toBe("too_large");
    await closed;
    answer = (_request, response) => response.end("x".repeat(1000));
    expect((await guarded(url)).status).toBe(200);
  });

  it.each<[string, RequestListener]>([
    ["never comes", () => undefined],
    ["stops after its headers", (_request, response) => response.writeHead(200).flushHeaders()],
    [
      "comes drop by drop",
      (_request, response) => {
        const drops = setInterval(() => response.write("x"), 20);
        response.once("close", () => clearInterval(drops));
      },
    ],
  ])("is not waited for when it %s", async (_how, slow) => {
    answer = slow;
    expect((await failureOf(hasty(url))).reason).toBe("timed_out");
  });

  it("is refused when its headers are endless", async () => {
    answer = (request) => {
      const { socket } = request;
      socket.write("HTTP/1.1 200 OK\r\n");
      const more = () => {
        while (socket.writable && socket.write(`X-More: ${"x".repeat(1000)}\r\n`));
      };
      socket.on("drain", more).on("error", () => undefined);
      more();
    };
    expect((await failureOf(guarded(url))).reason).toBe("unreachable");
  });

  it("is refused when the connection breaks", async () => {
    answer = (_request, response) => {
      response.writeHead(200, { "Content-Length": "100" });
      response.write("some", () => response.destroy());
    };
    expect((await failureOf(guarded(url))).reason).toBe("unreachable");
  });

  it("is not waited for when a name server is silent", async () => {
    const silent = fetchIn({ timeoutMs: 50, resolve: () => new Promise(() => undefined) });
    expect((await failureOf(silent("https://issuer.test/"))).reason).toBe("timed_out");
  });

  it("is not waited for when the caller gives up, who hears the own reason", async () => {
    const caller = new AbortController();
    const why = new Error("changed my mind");
    answer = () => caller.abort(why);
    await expect(guarded(url, { signal: caller.signal })).rejects.toBe(why);
    await expect(guarded(url, { signal: caller.signal })).rejects.toBe(why);
    expect(received).toHaveLength(1);
  });
});
