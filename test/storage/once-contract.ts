import { expect, it } from "vitest";
import type { OnceStore } from "../../src/domain/ports/idempotency.ts";
import { at, found, join, type OpenStorage } from "./fixtures.ts";

const TARGET = { kind: "prompt", id: "p", name: "a/b" };
const FIRST = { keyHash: "key", attempt: "first" };
const SECOND = { keyHash: "key", attempt: "second" };

export function onceContract(open: OpenStorage): void {
  async function library() {
    const storage = await open();
    const { tenantId, userId } = await found(storage);
    const other = (await join(storage, tenantId, "viewer")).userId;
    const write = <T>(work: (once: OnceStore) => Promise<T>) =>
      storage.tenant(tenantId).write(({ once }) => work(once));
    const begun = { userId, fingerprint: "print", startedAt: at(1), expiresAt: at(100) };
    return { userId, other, write, begun, find: () => write((once) => once.find(userId, "key")) };
  }

  it("keeps a call from its beginning to its answer, for whoever makes it", async () => {
    const { userId, other, write, begun, find } = await library();
    expect(await find()).toBeUndefined();
    await write((once) => once.begin({ ...begun, ...FIRST }));
    const running = { ...begun, ...FIRST, state: "running", target: undefined, answer: undefined };
    expect(await find()).toEqual(running);
    expect(await write((once) => once.settle(userId, FIRST, TARGET))).toBe(true);
    expect(await find()).toEqual({ ...running, state: "settled", target: TARGET });
    expect(await write((once) => once.settle(userId, FIRST, { kind: "label", id: "l" }))).toBe(true);
    await write((once) => once.answer(userId, FIRST, "{}"));
    expect(await find()).toEqual({ ...running, state: "answered", target: TARGET, answer: "{}" });
    expect(await write((once) => once.find(other, "key"))).toBeUndefined();
  });

  it("lets an attempt do nothing more when another has its key", async () => {
    const { userId, write, begun, find } = await library();
    await write((once) => once.begin({ ...begun, ...FIRST }));
    await write((once) => once.begin({ ...begun, ...SECOND, fingerprint: "another" }));
    expect(await write((once) => once.settle(userId, FIRST, TARGET))).toBe(false);
    await write((once) => once.answer(userId, FIRST, "{}"));
    await write((once) => once.abandon(userId, FIRST));
    expect(await find()).toMatchObject({ ...SECOND, fingerprint: "another", state: "running" });
  });

  it("forgets an attempt that is given up, unless its change is committed", async () => {
    const { userId, write, begun, find } = await library();
    await write((once) => once.begin({ ...begun, ...FIRST }));
    await write((once) => once.abandon(userId, FIRST));
    expect(await find()).toBeUndefined();
    expect(await write((once) => once.settle(userId, FIRST, TARGET))).toBe(true);
    await write((once) => once.begin({ ...begun, ...FIRST }));
    await write((once) => once.settle(userId, FIRST, TARGET));
    await write((once) => once.abandon(userId, FIRST));
    expect(await find()).toMatchObject({ state: "settled" });
  });

  it("forgets what has expired", async () => {
    const { write, begun, find } = await library();
    await write((once) => once.begin({ ...begun, ...FIRST }));
    await write((once) => once.sweep(at(99)));
    expect(await find()).toBeDefined();
    await write((once) => once.sweep(at(100)));
    expect(await find()).toBeUndefined();
  });
}
