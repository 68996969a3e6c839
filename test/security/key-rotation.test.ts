import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createAccessTokens } from "../../src/security/access-tokens.ts";
import { createLookUps } from "../../src/security/look-ups.ts";
import { openSigningKeys, type SigningKeys } from "../../src/security/signing-keys.ts";

const MINUTE_MS = 60_000;
const START = new Date("2030-01-01T00:00:00Z").getTime();
const ALICE = { userId: "user-alice", tenantId: "tenant-a", sessionId: "session-1", role: "viewer" } as const;

let dataDir: string;
let time: number;
let keys: SigningKeys;

beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "promptforge-rotation-"));
  time = START;
  keys = await open();
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

function open(onUnreadable?: (error: unknown) => void): Promise<SigningKeys> {
  return openSigningKeys({
    dataDir,
    now: () => new Date(time),
    ...(onUnreadable === undefined ? {} : { onUnreadable }),
  });
}

const inMinutes = (minutes: number) => new Date(time + minutes * MINUTE_MS);
const kidOf = async (opened: SigningKeys) => (await opened.signer()).kid;
const statesOf = async () => (await keys.keyring.list()).map(({ state }) => state);

describe("a new signing key", () => {
  it("is published before it signs, and signs from its time on", async () => {
    const old = await kidOf(keys);
    const [made] = await keys.keyring.rotate({ signsFrom: inMinutes(10) });
    expect(await kidOf(keys)).toBe(old);
    expect((await keys.publicJwks()).map(({ kid }) => kid)).toEqual([made?.kid, old]);
    expect(await statesOf()).toEqual(["published", "signs"]);
    time += 10 * MINUTE_MS;
    expect(await kidOf(keys)).toBe(made?.kid);
    expect(await statesOf()).toEqual(["signs", "verifies"]);
  });

  it("signs at once when no time is given", async () => {
    const old = await kidOf(keys);
    await keys.keyring.rotate();
    expect(await kidOf(keys)).not.toBe(old);
  });

  it("leaves the cursors, the mode of the file (600) and nothing else behind", async () => {
    const { cursor_secret } = JSON.parse(await readFile(join(dataDir, "keys.json"), "utf8"));
    await keys.keyring.rotate();
    expect(JSON.parse(await readFile(join(dataDir, "keys.json"), "utf8")).cursor_secret).toBe(cursor_secret);
    expect(((await stat(join(dataDir, "keys.json"))).mode & 0o777).toString(8)).toBe("600");
    expect(await readdir(dataDir)).toEqual(["keys.json"]);
  });
});

describe("an old signing key", () => {
  it("verifies until the last of its tokens has expired, and is dropped by prune from then on", async () => {
    const old = await kidOf(keys);
    await keys.keyring.rotate({ signsFrom: inMinutes(10) });
    // The last token of the old key is signed at minute 10 and lives 15; a minute is left for slow clocks.
    time = START + 25 * MINUTE_MS;
    expect(await keys.keyring.prune()).toHaveLength(2);
    expect(await keys.find(old)).toBeDefined();
    time = START + 26 * MINUTE_MS;
    expect(await statesOf()).toEqual(["signs", "expired"]);
    expect(await keys.keyring.prune()).toMatchObject([{ state: "signs" }]);
    expect(await keys.find(old)).toBeUndefined();
  });

  it("is dropped by the next rotation, too", async () => {
    await keys.keyring.rotate();
    time += 60 * MINUTE_MS;
    expect(await keys.keyring.rotate()).toMatchObject([{ state: "signs" }, { state: "verifies" }]);
  });

  it("is dropped at once when it is in wrong hands: its tokens are refused", async () => {
    const tokens = createAccessTokens({
      keys,
      issuer: "x",
      audience: "x",
      lifetimeSeconds: 900,
      now: () => new Date(time),
    });
    const { token } = await tokens.issue(ALICE);
    await keys.keyring.rotate({ dropOthers: true });
    await expect(tokens.verify(token)).rejects.toMatchObject({ code: "unauthenticated" });
    await expect(tokens.verify((await tokens.issue(ALICE)).token)).resolves.toBeDefined();
  });

  it("goes on signing when the clock is set back before the first of them", async () => {
    const old = await kidOf(keys);
    await keys.keyring.rotate();
    time = START - 60 * MINUTE_MS;
    expect(await kidOf(keys)).toBe(old);
  });

  it("written by the first release, without a time to sign from, signs", async () => {
    const file = JSON.parse(await readFile(join(dataDir, "keys.json"), "utf8"));
    for (const key of file.keys) delete key.signs_from;
    await writeFile(join(dataDir, "keys.json"), JSON.stringify(file));
    expect(await kidOf(await open())).toBe(file.keys[0].kid);
  });
});

describe("several processes on one data folder", () => {
  it("know a token of a key that another has just made", async () => {
    const other = await open();
    await other.signer();
    const [made] = await keys.keyring.rotate();
    expect(made && (await other.find(made.kid))).toBeDefined();
  });

  it("end with all keys, or a refusal that says what to do, when they rotate at once", async () => {
    const others = await Promise.all(Array.from({ length: 5 }, () => open()));
    const outcomes = await Promise.allSettled(others.map(({ keyring }) => keyring.rotate()));
    const made = outcomes.filter(({ status }) => status === "fulfilled").length;
    expect(made).toBeGreaterThan(0);
    expect(await keys.keyring.list()).toHaveLength(1 + made);
    for (const outcome of outcomes)
      if (outcome.status === "rejected")
        expect(outcome.reason).toMatchObject({
          code: "conflict",
          message: expect.stringContaining("keys.json.lock"),
        });
  });

  it("keep the keys that they have when the file cannot be read any more, and say so once", async () => {
    const heard: unknown[] = [];
    const server = await open((error) => heard.push(error));
    const { kid } = await server.signer();
    await writeFile(join(dataDir, "keys.json"), "half of a fi");
    for (const unknown of ["a", "b"]) expect(await server.find(unknown)).toBeUndefined();
    expect(await server.find(kid)).toBeDefined();
    expect(heard).toMatchObject([{ code: "unavailable" }]);
  });
});

describe("a rotation that cannot be written", () => {
  it("is refused and leaves the old keys", async () => {
    const before = await readFile(join(dataDir, "keys.json"), "utf8");
    await rm(join(dataDir, "keys.json"));
    await expect(keys.keyring.rotate()).rejects.toMatchObject({ code: "unavailable" });
    await writeFile(join(dataDir, "keys.json"), before, { mode: 0o600 });
    await chmod(dataDir, 0o700);
    expect(await keys.keyring.rotate()).toHaveLength(2);
  });
});

describe("looking again", () => {
  it("is done once for all that ask at once, and never answered by a look that began before", async () => {
    let seen = 0;
    const lookUps = createLookUps(async () => {
      seen += 1;
    }, 20);
    await Promise.all(Array.from({ length: 1000 }, () => lookUps.again()));
    expect(seen).toBe(1);
    const answered: number[] = [];
    const first = lookUps.again().then(() => answered.push(seen));
    await first;
    await lookUps.again().then(() => answered.push(seen));
    expect(answered).toEqual([2, 3]);
  });

  it("begins at most once in an interval, whoever asks how often", async () => {
    const begun: number[] = [];
    const lookUps = createLookUps(async () => {
      begun.push(performance.now());
    }, 30);
    for (let n = 0; n < 5; n++) await Promise.all([lookUps.again(), lookUps.again(), lookUps.within(10)]);
    const gaps = begun.slice(1).map((at, n) => at - (begun[n] ?? 0));
    for (const gap of gaps) expect(gap).toBeGreaterThan(28);
  });
});
