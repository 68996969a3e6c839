import { afterEach, describe, expect, it } from "vitest";
import { createWorkerPool, type WorkerPool } from "../../../src/search/embedder/worker-pool.ts";
import type { PoolTask } from "./programs/pool-worker.ts";

const pools: WorkerPool<PoolTask, string>[] = [];

function openPool(options: { readonly size?: number; readonly unusable?: boolean } = {}) {
  const shared = new Int32Array(new SharedArrayBuffer(8));
  const clock = { ms: 0 };
  const deaths: string[] = [];
  const pool = createWorkerPool<PoolTask, string, number>({
    file: new URL("./programs/pool-worker.ts", import.meta.url),
    workerData: { unusable: options.unusable, shared },
    size: options.size ?? 1,
    subject: "The test",
    onReady: () => undefined,
    onDeath: ({ reason }) => deaths.push(reason),
    now: () => clock.ms,
  });
  const release = () => {
    Atomics.store(shared, 0, 1);
    Atomics.notify(shared, 0);
  };
  pools.push(pool);
  return { pool, clock, deaths, release, started: () => Atomics.load(shared, 1) };
}

const unavailable = (text: string) => ({ code: "unavailable", message: expect.stringContaining(text) });

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

describe("the worker pool", () => {
  it("does urgent tasks before all others that wait", async () => {
    const { pool, release } = openPool();
    const order: string[] = [];
    const note = (task: PoolTask, urgent = false) =>
      pool.run(task, { tenantId: "a", urgent }).then((answer) => order.push(answer));
    const all = [note("hold"), note("say one"), note("say two"), note("say query", true)];
    release();
    await Promise.all(all);
    expect(order).toEqual(["hold", "say query", "say one", "say two"]);
  });

  it.each([true, false])("lets tenants take turns, each in its own order (urgent: %s)", async (urgent) => {
    const { pool, release } = openPool();
    const order: string[] = [];
    const held = pool.run("hold", { tenantId: "a" });
    const all = ["a1", "a2", "a3", "a4", "b1", "b2", "c1"].map((job) =>
      pool.run(`say ${job}`, { tenantId: job.charAt(0), urgent }).then((answer) => order.push(answer)),
    );
    release();
    await Promise.all([held, ...all]);
    expect(order).toEqual(["a1", "b1", "c1", "a2", "b2", "a3", "a4"].map((job) => `say ${job}`));
  });

  it("refuses a tenant of which too many wait, and no other", async () => {
    const { pool, release } = openPool();
    const held = pool.run("hold", { tenantId: "a" });
    const ask = (tenantId: string) => pool.run("say x", { tenantId, urgent: true, mostWaiting: 2 });
    const waiting = [ask("a"), ask("a")];
    await expect(ask("a")).rejects.toMatchObject({ code: "rate_limited" });
    waiting.push(ask("b"));
    release();
    expect(await Promise.all([held, ...waiting])).toEqual(["hold", "say x", "say x", "say x"]);
    expect(await ask("a")).toBe("say x");
  });

  it("does not begin what has waited for longer than it may", async () => {
    const { pool, clock, release } = openPool();
    await pool.run("say ready", { tenantId: "a" });
    const held = pool.run("hold", { tenantId: "a" });
    const late = pool.run("say late", { tenantId: "a", patienceMs: 1000 });
    const patient = pool.run("say patient", { tenantId: "a" });
    clock.ms += 1001;
    release();
    await expect(late).rejects.toMatchObject(unavailable("busy"));
    expect(await Promise.all([held, patient])).toEqual(["hold", "say patient"]);
  });

  it("waits for the first thread to be ready, however long it takes", async () => {
    const { pool, clock } = openPool();
    const first = pool.run("say first", { tenantId: "a", patienceMs: 1000 });
    const second = pool.run("say second", { tenantId: "a", patienceMs: 1000 });
    clock.ms += 60_000;
    expect(await Promise.all([first, second])).toEqual(["say first", "say second"]);
  });

  it("starts no thread before there is work, and never more than its size", async () => {
    const { pool, started } = openPool({ size: 2 });
    expect(started()).toBe(0);
    await pool.run("say one", { tenantId: "a" });
    expect(started()).toBe(1);
    await Promise.all(Array.from({ length: 10 }, () => pool.run("thread", { tenantId: "a" })));
    expect(started()).toBe(2);
  });

  it("says that it is unavailable when a thread dies, and does the next task in a new one", async () => {
    const { pool, deaths, started } = openPool();
    await expect(pool.run("die", { tenantId: "a" })).rejects.toMatchObject(unavailable("Try again"));
    expect(await pool.run("say still there", { tenantId: "a" })).toBe("say still there");
    expect(deaths).toHaveLength(1);
    expect(started()).toBe(2);
  });

  it("does what waited behind a task that killed its thread", async () => {
    const { pool } = openPool();
    const [killed, after] = await Promise.allSettled([
      pool.run("die", { tenantId: "a" }),
      pool.run("say after", { tenantId: "a" }),
    ]);
    expect([killed.status, after]).toEqual(["rejected", { status: "fulfilled", value: "say after" }]);
  });

  it("rests after three deaths in a row, refusing at once, and longer after each further one", async () => {
    const { pool, clock, started } = openPool({ unusable: true });
    for (let death = 1; death <= 3; death++) {
      await expect(pool.run("say x", { tenantId: "a" })).rejects.toMatchObject(
        unavailable("The weights are gone."),
      );
    }
    await expect(pool.run("say x", { tenantId: "a" })).rejects.toMatchObject(unavailable("3 times in a row"));
    expect(started()).toBe(3);

    clock.ms += 1000;
    await expect(pool.run("say x", { tenantId: "a" })).rejects.toMatchObject(
      unavailable("The weights are gone."),
    );
    expect(started()).toBe(4);
    clock.ms += 1000;
    await expect(pool.run("say x", { tenantId: "a" })).rejects.toMatchObject(unavailable("4 times in a row"));
    clock.ms += 1000;
    await expect(pool.run("say x", { tenantId: "a" })).rejects.toMatchObject(
      unavailable("The weights are gone."),
    );
    expect(started()).toBe(5);
  });

  it("refuses all that waits when it comes to rest", async () => {
    const { pool, started } = openPool({ unusable: true });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, () => pool.run("say x", { tenantId: "a" })),
    );
    expect(outcomes.every((outcome) => outcome.status === "rejected")).toBe(true);
    expect(started()).toBe(3);
  });

  it("does not count deaths with work done between them", async () => {
    const { pool } = openPool();
    for (let round = 0; round < 5; round++) {
      await expect(pool.run("die", { tenantId: "a" })).rejects.toMatchObject(unavailable("Try again"));
      expect(await pool.run("say fine", { tenantId: "a" })).toBe("say fine");
    }
  });

  it("keeps a thread whose task failed", async () => {
    const { pool } = openPool();
    const before = await pool.run("thread", { tenantId: "a" });
    await expect(pool.run("fail", { tenantId: "a" })).rejects.toMatchObject({
      ...unavailable("The test failed. No."),
      cause: new Error("because"),
    });
    expect(await pool.run("thread", { tenantId: "a" })).toBe(before);
  });

  it("drops a task that is aborted before it has begun", async () => {
    const { pool, release } = openPool();
    const held = pool.run("hold", { tenantId: "a" });
    const abandoned = new AbortController();
    const dropped = pool.run("die", { tenantId: "a", signal: abandoned.signal });
    abandoned.abort();
    release();
    await expect(dropped).rejects.toMatchObject(unavailable("no longer asked"));
    expect(await held).toBe("hold");
    expect(await pool.run("say alive", { tenantId: "a" })).toBe("say alive");
  });

  it("lets the task under way end when it is closed, and refuses the rest", async () => {
    const { pool, release } = openPool();
    const held = pool.run("hold", { tenantId: "a" });
    const waiting = expect(pool.run("say late", { tenantId: "a" })).rejects.toMatchObject(
      unavailable("closed"),
    );
    const closing = pool.close();
    release();
    expect(await held).toBe("hold");
    await waiting;
    await closing;
    await expect(pool.run("say later", { tenantId: "a" })).rejects.toMatchObject(unavailable("closed"));
  });
});
