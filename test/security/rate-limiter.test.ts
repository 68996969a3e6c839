import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { RateLimiter } from "../../src/domain/ports/rate-limiter.ts";
import { createMemoryRateLimiter } from "../../src/security/rate-limiter.ts";
import { openSharedRateLimiter } from "../../src/security/shared-rate-limiter.ts";

async function newFile(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "promptforge-limits-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return join(folder, "limits.db");
}

function shared(file: string): RateLimiter {
  const limiter = openSharedRateLimiter(file);
  onTestFinished(() => limiter.close());
  return limiter;
}

afterEach(() => {
  vi.useRealTimers();
});

describe.each([
  ["in memory", async () => createMemoryRateLimiter()],
  ["in a shared file", async () => shared(await newFile())],
])("a rate limiter %s", (_where, open) => {
  const limit = { points: 3, seconds: 60 };

  it("allows as many as its limit, then none until the window ends", async () => {
    const counter = (await open()).counter("calls", limit);
    const counts = [];
    for (let n = 0; n < 5; n++) counts.push(await counter.take("a"));
    expect(counts.map(({ allowed, remaining }) => [allowed, remaining])).toEqual([
      [true, 2],
      [true, 1],
      [true, 0],
      [false, 0],
      [false, 0],
    ]);
    expect(counts[3]?.resetMs).toBeGreaterThan(0);
    expect(counts[3]?.resetMs).toBeLessThanOrEqual(60_000);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_001 });
    expect((await counter.peek("a")).taken).toBe(0);
    expect(await counter.take("a")).toMatchObject({ taken: 1, allowed: true, remaining: 2 });
  });

  it("counts each key, and each counter, for itself", async () => {
    const limiter = await open();
    const [one, two] = [limiter.counter("one", limit), limiter.counter("two", limit)];
    for (let n = 0; n < 4; n++) await one.take("a");
    expect((await one.take("b")).taken).toBe(1);
    expect((await two.take("a")).taken).toBe(1);
    expect(limiter.counter("one", limit)).toBe(one);
  });

  it("lets no more through when all come at once", async () => {
    const counter = (await open()).counter("calls", limit);
    const counts = await Promise.all(Array.from({ length: 50 }, () => counter.take("a")));
    expect(counts.filter(({ allowed }) => allowed)).toHaveLength(3);
  });

  it("looks without counting, gives back, blocks and forgets", async () => {
    const counter = (await open()).counter("calls", limit);
    await counter.take("a");
    await counter.take("a");
    expect(await counter.peek("a")).toMatchObject({ taken: 2, allowed: true });
    await counter.giveBack("a");
    expect((await counter.take("a")).taken).toBe(2);
    await counter.block("a", 600);
    expect((await counter.peek("a")).allowed).toBe(false);
    const blocked = await counter.take("a");
    expect(blocked.allowed).toBe(false);
    expect(blocked.resetMs).toBeGreaterThan(590_000);
    await counter.clear("a");
    expect((await counter.take("a")).taken).toBe(1);
  });
});

describe("a shared rate limiter", () => {
  const limit = { points: 3, seconds: 60 };

  it("counts for all that opened the file, and goes on where it was closed", async () => {
    const file = await newFile();
    const [one, two] = [shared(file).counter("calls", limit), shared(file).counter("calls", limit)];
    await one.take("a");
    await two.take("a");
    const third = openSharedRateLimiter(file);
    expect((await third.counter("calls", limit).take("a")).taken).toBe(3);
    third.close();
    expect((await one.take("a")).allowed).toBe(false);
  });

  it("is opened by several processes at once", async () => {
    const file = await newFile();
    const program = `
      const { openSharedRateLimiter } = await import(${JSON.stringify(join(import.meta.dirname, "../../src/security/shared-rate-limiter.ts"))});
      const counter = openSharedRateLimiter(${JSON.stringify(file)}).counter("calls", { points: 1000, seconds: 60 });
      for (let n = 0; n < 50; n++) await counter.take("a");
      process.exit(0);`;
    const codes = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const child = spawn(process.execPath, ["--input-type=module", "-e", program], { stdio: "inherit" });
        return (await once(child, "exit"))[0];
      }),
    );
    expect(codes).toEqual([0, 0, 0, 0]);
    expect((await shared(file).counter("calls", { points: 1000, seconds: 60 }).peek("a")).taken).toBe(200);
  });

  it("counts for its own process when the file fails under it", async () => {
    const limiter = openSharedRateLimiter(await newFile());
    const counter = limiter.counter("calls", limit);
    limiter.close();
    for (let n = 0; n < 3; n++) expect((await counter.take("a")).allowed).toBe(true);
    expect((await counter.take("a")).allowed).toBe(false);
    expect((await counter.peek("a")).allowed).toBe(false);
  });

  it("says what to do about a file that is none of its own", async () => {
    const file = await newFile();
    await writeFile(file, "no database at all, but a text of some length".repeat(100));
    expect(() => openSharedRateLimiter(file)).toThrow(/delete the file/);
  });
});
