import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { PASSWORD } from "../support/library.ts";
import { type Reply, type ServedLibrary, serveLibrary } from "../support/rest.ts";

const MINUTE = 60_000;

let library: ServedLibrary;
beforeAll(async () => {
  // The tests are the proxy: each says which address it comes from.
  library = await serveLibrary({ environment: { PROMPTFORGE_TRUSTED_PROXIES: "loopback" } });
});
afterAll(() => library.close());
afterEach(() => {
  vi.useRealTimers();
});

let people = 0;
/** Somebody of their own for each test. */
async function somebody(): Promise<string> {
  const username = `person${++people}`;
  await library.found(username);
  return username;
}

/** The clock as the limits see it; everything else goes on as it does. */
function pass(milliseconds: number): void {
  const now = Date.now();
  vi.useFakeTimers({ toFake: ["Date"], now: now + milliseconds });
}

function signIn(address: string, username: string, password = PASSWORD): Promise<Reply> {
  return library.stranger("POST", "/v1/auth/login", {
    json: { username, password },
    headers: { "X-Forwarded-For": address },
  });
}

async function wrong(times: number, address: string, username: string): Promise<Reply[]> {
  const replies: Reply[] = [];
  for (let n = 0; n < times; n++) replies.push(await signIn(address, username, "wrong horse"));
  return replies;
}

const statuses = (replies: readonly Reply[]) => replies.map(({ status }) => status);
const waitOf = ({ headers }: Reply) => Number(headers.get("Retry-After"));

describe("login, guessed at", () => {
  it("is refused with 429 and the seconds to wait after five wrong attempts, and the right password with it", async () => {
    const ada = await somebody();
    expect(statuses(await wrong(5, "192.0.2.1", ada))).toEqual([401, 401, 401, 401, 401]);
    const refused = await signIn("192.0.2.1", ada);
    expect(refused.status).toBe(429);
    expect(refused.body).toMatchObject({ code: "rate_limited", details: { limit: "sign_in" } });
    expect(waitOf(refused)).toBeGreaterThan(50);
    expect(waitOf(refused)).toBeLessThanOrEqual(60);
    pass(MINUTE + 1);
    expect((await signIn("192.0.2.1", ada)).status).toBe(200);
  });

  it("makes wait twice as long each time, up to a quarter of an hour", async () => {
    const ada = await somebody();
    const waits: number[] = [];
    for (let round = 0; round < 6; round++) {
      await wrong(5, "192.0.2.2", ada);
      const wait = waitOf(await signIn("192.0.2.2", ada));
      waits.push(wait);
      pass(wait * 1000 + 1);
    }
    expect(waits).toEqual([60, 120, 240, 480, 900, 900]);
  });

  it("does not make wait longer for knocking while one waits", async () => {
    const ada = await somebody();
    await wrong(30, "192.0.2.3", ada);
    expect(waitOf(await signIn("192.0.2.3", ada))).toBeLessThanOrEqual(60);
  });

  it("lets no more through when the attempts come all at once", async () => {
    const ada = await somebody();
    const replies = await Promise.all(
      Array.from({ length: 40 }, () => signIn("192.0.2.4", ada, "wrong horse")),
    );
    expect(replies.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(5);
    expect(new Set(statuses(replies))).toEqual(new Set([401, 429]));
  });

  it("counts what is right as nothing: a script that signs in all day is never stopped", async () => {
    const ada = await somebody();
    for (let n = 0; n < 20; n++) expect((await signIn("192.0.2.5", ada)).status).toBe(200);
  });

  it("answers the same for a name that nobody has", async () => {
    const ada = await somebody();
    const known = [...(await wrong(6, "192.0.2.6", ada))];
    const unknown = [...(await wrong(6, "192.0.2.7", "nobody-at-all"))];
    const told = ({ status, body }: Reply) => [status, body.title, body.code];
    expect(unknown.map(told)).toEqual(known.map(told));
    expect(unknown[5]?.body.detail.replace(/\d+/, "")).toBe(known[5]?.body.detail.replace(/\d+/, ""));
  });

  it("counts by account, whatever the case and the spaces of the name, and over the original path too", async () => {
    const ada = await somebody();
    await wrong(3, "192.0.2.8", ada.toUpperCase());
    await wrong(2, "192.0.2.8", ` ${ada} `);
    const refused = await library.stranger("POST", "/auth/login", {
      json: { username: ada, password: PASSWORD },
      headers: { "X-Forwarded-For": "192.0.2.8" },
    });
    expect(refused.status).toBe(429);
  });

  it("counts all of an IPv6 network as one address", async () => {
    const ada = await somebody();
    for (let n = 1; n <= 5; n++) await wrong(1, `2001:db8:1:2::${n}`, ada);
    expect((await signIn("2001:db8:1:2:ffff::1", ada)).status).toBe(429);
    expect((await signIn("2001:db8:1:3::1", ada)).status).toBe(200);
  });
});

describe("login to an account that is under attack", () => {
  /** More wrong attempts than an account has in an hour, from many addresses. */
  async function attack(username: string): Promise<void> {
    for (let n = 0; n < 21; n++) await wrong(5, `198.51.100.${n}`, username);
  }

  it("stays open where its owner has signed in before, slips included", async () => {
    const ada = await somebody();
    expect((await signIn("203.0.113.1", ada)).status).toBe(200);
    await attack(ada);
    expect(statuses(await wrong(3, "203.0.113.1", ada))).toEqual([401, 401, 401]);
    expect((await signIn("203.0.113.1", ada)).status).toBe(200);
  });

  it("gives every other address one attempt, so that its owner comes in from anywhere and guessing is slow", async () => {
    const ada = await somebody();
    await attack(ada);
    expect((await signIn("203.0.113.2", ada)).status).toBe(200);
    expect(statuses(await wrong(2, "203.0.113.3", ada))).toEqual([401, 429]);
    pass(61 * MINUTE);
    expect(statuses(await wrong(2, "203.0.113.3", ada))).toEqual([401, 401]);
  });
});

describe("login from an address that guesses at many accounts", () => {
  it("is refused after a hundred wrong attempts, but for those who have signed in from there", async () => {
    const [ada, grace] = [await somebody(), await somebody()];
    expect((await signIn("203.0.113.9", ada)).status).toBe(200);
    for (let n = 0; n < 25; n++) await wrong(4, "203.0.113.9", `guess${n}`);
    const refused = await signIn("203.0.113.9", grace);
    expect(refused.status).toBe(429);
    expect(waitOf(refused)).toBeGreaterThan(0);
    expect((await signIn("203.0.113.9", ada)).status).toBe(200);
    expect((await signIn("203.0.113.10", grace)).status).toBe(200);
  });
});
