import { expect, it } from "vitest";
import type { AuditRecord } from "../../src/domain/audit.ts";
import { at, type Founded, found, join, type OpenStorage } from "./fixtures.ts";

export function auditContract(open: OpenStorage): void {
  it("keeps records as they were, in order, and knows where they end", async () => {
    const storage = await open();
    const ann = await found(storage);
    const tenant = storage.tenant(ann.tenantId);
    expect(await tenant.read(({ audit }) => audit.head())).toBeUndefined();
    const records = [1, 2, 3].map((number) => record(ann, number));
    await tenant.write(async ({ audit }) => {
      for (const one of records) await audit.append(one);
    });

    await tenant.read(async ({ audit }) => {
      expect(await audit.head()).toEqual({ number: 3, hash: "hash 3" });
      expect(await audit.read({ limit: 9, after: 0 })).toEqual(records);
      expect(await audit.read({ limit: 1, after: 1 })).toEqual([records[1]]);
    });
  });

  it("lists records newest first, page by page, by what they were and who did them", async () => {
    const storage = await open();
    const ann = await found(storage);
    const bob = await join(storage, ann.tenantId, "developer");
    const tenant = storage.tenant(ann.tenantId);
    await tenant.write(async ({ audit }) => {
      await audit.append(record(ann, 1));
      await audit.append(record(bob, 2, { operation: "update_prompt" }));
      await audit.append(record(ann, 3, { target: { kind: "api_key", id: "key", name: undefined } }));
    });

    await tenant.read(async ({ audit }) => {
      const numbers = async (...args: Parameters<typeof audit.list>) =>
        (await audit.list(...args)).map(({ number }) => number);
      expect(await numbers({}, { limit: 9 })).toEqual([3, 2, 1]);
      expect(await numbers({}, { limit: 9, before: 3 })).toEqual([2, 1]);
      expect(await numbers({}, { limit: 1 })).toEqual([3]);
      expect(await numbers({ operation: "update_prompt" }, { limit: 9 })).toEqual([2]);
      expect(await numbers({ user: bob.username }, { limit: 9 })).toEqual([2]);
      expect(await numbers({ targetKind: "prompt" }, { limit: 9 })).toEqual([2, 1]);
      expect(await numbers({ target: "key" }, { limit: 9 })).toEqual([3]);
      expect(await numbers({ since: at(2), until: at(3) }, { limit: 9 })).toEqual([2]);
      expect(await audit.list({ user: bob.username }, { limit: 9 })).toMatchObject([
        { username: bob.username },
      ]);
    });
  });
}

function record({ userId }: Founded, number: number, fields: Partial<AuditRecord> = {}): AuditRecord {
  return {
    number,
    at: at(number),
    operation: "create_prompt",
    userId,
    keyId: undefined,
    target: { kind: "prompt", id: `id ${number}`, name: "a/name" },
    details: "{}",
    requestId: "request",
    previousHash: number === 1 ? "" : `hash ${number - 1}`,
    hash: `hash ${number}`,
    ...fields,
  };
}
