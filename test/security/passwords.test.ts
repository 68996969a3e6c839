import { hash as argon2 } from "@node-rs/argon2";
import { dictionary } from "@zxcvbn-ts/language-common";
import { hashSync as bcrypt } from "bcryptjs";
import { beforeAll, describe, expect, it } from "vitest";
import { AppError } from "../../src/domain/errors.ts";
import { createPasswordHasher } from "../../src/security/passwords.ts";

const hasher = createPasswordHasher();
const PASSWORD = "seven quiet lighthouses";

function refusalOf(password: string): AppError | undefined {
  try {
    hasher.check(password);
    return undefined;
  } catch (error) {
    if (error instanceof AppError) return error;
    throw error;
  }
}

describe("the password policy", () => {
  it("refuses pass123, which is too short, and says how long a password must be", () => {
    const refusal = refusalOf("pass123");
    expect(refusal?.code).toBe("invalid_input");
    expect(refusal?.message).toBe(
      "The password is too short: it has 7 characters, and at least 8 are needed. A few words that do not belong together make a good one.",
    );
    expect(refusal?.details).toEqual({ reason: "too_short" });
  });

  it("takes 8 and 256 characters, and refuses 7 and 257", () => {
    const long = "quiet lighthouse ".repeat(20);
    expect(refusalOf("qv7!mz#k")).toBeUndefined();
    expect(refusalOf("qv7!mz#")?.details).toEqual({ reason: "too_short" });
    expect(refusalOf(long.slice(0, 256))).toBeUndefined();
    expect(refusalOf(long.slice(0, 257))?.details).toEqual({ reason: "too_long" });
  });

  it("counts characters, not bytes or UTF-16 units", () => {
    expect(refusalOf("🦊🐳🌵🎲🧭🪁🥁")?.details).toEqual({ reason: "too_short" });
    expect(refusalOf("🦊🐳🌵🎲🧭🪁🥁🎈")).toBeUndefined();
    expect(refusalOf(`${"🦊🐳🌵🎲🧭".repeat(51)}🥁`)).toBeUndefined();
  });

  it("refuses each of the 3,000 most common passwords that are long enough, in any case", () => {
    const common = dictionary["passwords-common"].filter((entry) => entry.length >= 8).slice(0, 3000);
    expect(common).toHaveLength(3000);
    expect(common.slice(0, 3)).toEqual(["password", "12345678", "123456789"]);
    for (const password of common) {
      expect(refusalOf(password)?.details).toEqual({ reason: "too_common" });
      expect(refusalOf(password.toUpperCase())?.details).toEqual({ reason: "too_common" });
    }
  });

  it.each([
    "88888888",
    "12341234",
    "SexSexSex",
    "20012001",
    "87654321",
    "abcdefgh",
    "qwertzui",
    "lkjhgfdsa",
    "        ",
  ])("refuses %j, which is only a repetition or a run", (password) => {
    expect(refusalOf(password)?.details).toEqual({ reason: "too_simple" });
  });

  it("refuses half a character, which could not be told from another", () => {
    expect(refusalOf("quiet lighthouse \ud83e")?.details).toEqual({ reason: "malformed" });
  });

  it("never repeats the password in what it says", () => {
    for (const password of ["hunter2", "trustno1", "zxzxzxzx", "lighthouse\udfff", "vq".repeat(200)]) {
      const refusal = refusalOf(password);
      expect(refusal?.code).toBe("invalid_input");
      expect(`${refusal?.message} ${JSON.stringify(refusal?.details)}`).not.toContain(password);
    }
  });
});

describe("a password hash", () => {
  let stored: string;
  beforeAll(async () => {
    stored = await hasher.hash(PASSWORD);
  });

  it("is argon2id of 19 MiB, two passes and one lane, with its parameters and a salt of its own", async () => {
    expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[^$]{22}\$[^$]{43}$/);
    expect(await hasher.hash(PASSWORD)).not.toBe(stored);
  });

  it("matches its password and is not stale", async () => {
    expect(await hasher.verify(stored, PASSWORD)).toEqual({ matches: true, stale: false });
  });

  it("matches no other password", async () => {
    expect(await hasher.verify(stored, `${PASSWORD} `)).toEqual({ matches: false, stale: false });
    expect(await hasher.verify(stored, PASSWORD.toUpperCase())).toEqual({ matches: false, stale: false });
  });

  it("covers all 256 characters: the last one counts", async () => {
    const long = "🦊".repeat(255);
    const hash = await hasher.hash(`${long}a`);
    expect((await hasher.verify(hash, `${long}a`)).matches).toBe(true);
    expect((await hasher.verify(hash, `${long}b`)).matches).toBe(false);
  });

  it("is the same for both spellings of an accented letter", async () => {
    const hash = await hasher.hash("caf\u00e9 lighthouse");
    expect((await hasher.verify(hash, "cafe\u0301 lighthouse")).matches).toBe(true);
  });

  it.each([
    ["less memory", { memoryCost: 8192, timeCost: 2 }],
    ["fewer passes", { memoryCost: 19456, timeCost: 1 }],
    ["another variant, argon2i", { memoryCost: 19456, timeCost: 2, algorithm: 1 }],
  ])("still matches and is stale when it was made with %s", async (_weakness, parameters) => {
    expect(await hasher.verify(await argon2(PASSWORD, parameters), PASSWORD)).toEqual({
      matches: true,
      stale: true,
    });
  });

  it("is not stale when it was made with more than today's parameters", async () => {
    const stronger = await argon2(PASSWORD, { memoryCost: 32768, timeCost: 3 });
    expect(await hasher.verify(stronger, PASSWORD)).toEqual({ matches: true, stale: false });
  });

  it.each([
    "",
    "plain text",
    "$argon2id$",
    "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA",
    "$argon2id$v=19$m=19456,t=2,p=1$?$?",
    `$argon2id$v=19$m=4294967295,t=2,p=1$${"A".repeat(22)}$${"A".repeat(43)}`,
  ])("never matches, without an error, when it is damaged: %j", async (damaged) => {
    expect(await hasher.verify(damaged, PASSWORD)).toEqual({ matches: false, stale: false });
  });

  it("never matches when there is none", async () => {
    expect(await hasher.verify(undefined, PASSWORD)).toEqual({ matches: false, stale: false });
    expect(await hasher.verify(undefined, "")).toEqual({ matches: false, stale: false });
  });
});

describe("a bcrypt hash of an import", () => {
  it.each(["2a", "2b", "2y"])(
    "matches its password, as passlib wrote it ($%s$), and is stale",
    async (version) => {
      const stored = bcrypt(PASSWORD, 4).replace(/^\$2\w\$/, `$${version}$`);
      expect(await hasher.verify(stored, PASSWORD)).toEqual({ matches: true, stale: true });
      expect((await hasher.verify(stored, `${PASSWORD} `)).matches).toBe(false);
    },
  );

  it("matches a password that this policy would not take any more", async () => {
    expect((await hasher.verify(bcrypt("pass123", 4), "pass123")).matches).toBe(true);
  });

  it("counts 72 bytes and refuses 73, which bcrypt would have cut", async () => {
    const whole = "é".repeat(36);
    const stored = bcrypt(whole, 4);
    expect((await hasher.verify(stored, whole)).matches).toBe(true);
    expect((await hasher.verify(stored, `${whole}x`)).matches).toBe(false);
  });

  it("is taken for damaged when it asks for more rounds than a sign-in may cost", async () => {
    const dear = bcrypt(PASSWORD, 4).replace("$04$", "$31$");
    expect(await hasher.verify(dear, PASSWORD)).toEqual({ matches: false, stale: false });
  });

  it("is verified off the main thread, in the same line as all others", async () => {
    const one = createPasswordHasher({ concurrency: 1, maxWaiting: 0 });
    const stored = bcrypt(PASSWORD, 11);
    let verified: Promise<unknown> = Promise.resolve();
    const turns = await turnsDuring(async () => {
      verified = one.verify(stored, PASSWORD);
      await expect(one.hash(PASSWORD)).rejects.toMatchObject({ code: "unavailable" });
      await verified;
    });
    expect(turns).toBeGreaterThan(0);
    expect(await verified).toEqual({ matches: true, stale: true });
  });
});

/** How often the event loop goes round while something runs: never, for what is done at once or on the main thread. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  const count = (): void => {
    turns += 1;
    next = setImmediate(count);
  };
  let next = setImmediate(count);
  await work();
  clearImmediate(next);
  return turns;
}

describe("hashing at work", () => {
  let slow: string;
  beforeAll(async () => {
    slow = await argon2(PASSWORD, { memoryCost: 19456, timeCost: 30 });
  });

  it("leaves the main thread free", async () => {
    expect(await turnsDuring(() => hasher.hash(PASSWORD))).toBeGreaterThan(0);
    expect(await turnsDuring(() => hasher.verify(slow, PASSWORD))).toBeGreaterThan(0);
  });

  it("is done for a missing and for a damaged hash too, so that the time does not tell who exists", async () => {
    expect(await turnsDuring(() => hasher.verify(undefined, PASSWORD))).toBeGreaterThan(0);
    expect(await turnsDuring(() => hasher.verify("damaged", PASSWORD))).toBeGreaterThan(0);
  });

  it("runs no more hashes at once than allowed: short ones wait in line, one for a missing user among them", async () => {
    const one = createPasswordHasher({ concurrency: 1 });
    const finished: string[] = [];
    await Promise.all([
      one.verify(slow, PASSWORD).then(() => finished.push("slow")),
      one.verify(undefined, PASSWORD).then(() => finished.push("missing")),
      one.hash(PASSWORD).then(() => finished.push("hash")),
    ]);
    expect(finished).toEqual(["slow", "missing", "hash"]);
  });

  it("is refused while too many wait, and taken again when they are done", async () => {
    const short = createPasswordHasher({ concurrency: 1, maxWaiting: 2 });
    const taken = [
      short.hash(PASSWORD),
      short.verify(undefined, PASSWORD),
      short.verify("damaged", PASSWORD),
    ];
    for (const late of [
      short.hash(PASSWORD),
      short.verify(undefined, PASSWORD),
      short.verify(slow, PASSWORD),
    ]) {
      await expect(late).rejects.toMatchObject({
        code: "unavailable",
        details: { retry_after_seconds: expect.any(Number) },
      });
    }
    await Promise.all(taken);
    expect(await short.hash(PASSWORD)).toContain("$argon2id$");
  });

  it("is refused to one network that has a quarter of the line, and to nobody else", async () => {
    const hasher = createPasswordHasher();
    const flood = Array.from({ length: 50 }, (_, n) => hasher.verify(undefined, PASSWORD, `2001:db8::${n}`));
    const another = hasher.verify(undefined, PASSWORD, "2001:db8:1::1");
    const results = await Promise.allSettled(flood);
    const refused = results.filter(({ status }) => status === "rejected");
    expect(results.length - refused.length).toBe(8);
    for (const result of refused) {
      expect(result).toMatchObject({ reason: { code: "rate_limited", details: { retry_after_seconds: 1 } } });
    }
    expect(await another).toEqual({ matches: false, stale: false });
    expect(await hasher.verify(undefined, PASSWORD, "2001:db8::1")).toEqual({ matches: false, stale: false });
  });
});
