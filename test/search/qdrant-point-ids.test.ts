import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pointIds } from "../../src/search/index/qdrant-point-ids.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const position = fc.integer({ min: 0, max: 200 });
/** What another program has made is no random UUID. */
const promptId = fc.oneof(fc.uuid({ version: 4 }), fc.uuid(), fc.string());

describe("the ids of points", () => {
  it("tell prompt and position up to the 63rd chunk, and are UUIDs for any chunk of any prompt", () => {
    fc.assert(
      fc.property(fc.uuid(), promptId, position, (tenantId, id, at) => {
        const ids = pointIds(tenantId);
        const point = ids.idOf({ promptId: id, position: at });
        expect(point).toMatch(UUID);
        const place = ids.placeOf(point);
        if (place !== undefined) expect(place).toEqual({ promptId: id, position: at });
      }),
    );
    const ids = pointIds(randomUUID());
    const made = { promptId: randomUUID(), position: 62 };
    expect(ids.placeOf(ids.idOf(made))).toEqual(made);
    expect(ids.placeOf(ids.idOf({ ...made, position: 63 }))).toBeUndefined();
  });

  it("are the same for the same place, and others for another chunk, prompt or tenant", () => {
    fc.assert(
      fc.property(fc.uuid({ version: 4 }), fc.uuid({ version: 4 }), position, (tenantId, id, at) => {
        const idOf = (tenant: string, prompt: string, n: number) =>
          pointIds(tenant).idOf({ promptId: prompt, position: n });
        const here = idOf(tenantId, id, at);
        expect(idOf(tenantId, id, at)).toBe(here);
        const elsewhere = [
          idOf(tenantId, id, at + 1),
          idOf(tenantId, randomUUID(), at),
          idOf(randomUUID(), id, at),
        ];
        expect(elsewhere).not.toContain(here);
      }),
    );
  });
});
