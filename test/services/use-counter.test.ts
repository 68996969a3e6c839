import { describe, expect, it, onTestFinished } from "vitest";
import { AppError } from "../../src/domain/errors.ts";
import { createUseCounter } from "../../src/services/use-counter.ts";
import { found, store } from "../storage/fixtures.ts";
import { openTemp } from "../storage/temp-sqlite.ts";

describe("a counter of uses whose storage fails", () => {
  it("keeps what it counted, and adds it once the storage is back", async () => {
    const storage = await openTemp();
    const ann = await found(storage);
    const { id: promptId } = await store(storage, ann);
    let outage: AppError | undefined = new AppError("unavailable", "The disk is full.");
    const failures: unknown[] = [];
    const counter = createUseCounter({
      storage: {
        ...storage,
        tenant: (tenantId) => ({
          read: storage.tenant(tenantId).read,
          write: (work) => (outage ? Promise.reject(outage) : storage.tenant(tenantId).write(work)),
        }),
      },
      onWritten: () => undefined,
      onFailure: (reason) => failures.push(reason),
    });
    onTestFinished(() => counter.close());
    const day = "2026-01-31";
    const once = () =>
      counter.add(ann.tenantId, { promptId, day, version: 1, label: "", renders: 1, reads: 0 });
    const counted = () =>
      storage.tenant(ann.tenantId).read(({ uses }) => uses.byDay({ since: "2026-01-01" }));
    once();
    await counter.flush();
    once();
    expect(failures).toEqual([outage]);
    expect(await counted()).toEqual([]);
    outage = undefined;
    await counter.flush();
    expect(await counted()).toEqual([{ day, renders: 2, reads: 0 }]);
    await counter.flush();
    expect(await counted()).toEqual([{ day, renders: 2, reads: 0 }]);
  });
});
