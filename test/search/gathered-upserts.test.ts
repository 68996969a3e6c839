import { describe, expect, it } from "vitest";
import { AppError } from "../../src/domain/errors.ts";
import type { IndexedChunk } from "../../src/domain/ports/search.ts";
import { gatherUpserts } from "../../src/search/gathered-upserts.ts";

const chunk = (promptId: string): IndexedChunk => ({
  promptId,
  version: 1,
  position: 0,
  total: 1,
  vector: new Float32Array(1),
});

/** An index that notes what is written together, and refuses what the test says. */
function open(count: number, refusal: (ids: readonly string[]) => Error | undefined = () => undefined) {
  const written: [string, string[]][] = [];
  const writers = gatherUpserts(
    {
      async upsert(tenantId, chunks) {
        const ids = chunks.map(({ promptId }) => promptId);
        const error = refusal(ids);
        if (error !== undefined) throw error;
        written.push([tenantId, ids]);
      },
    },
    count,
  );
  return { writers, written };
}

describe("gathered upserts", () => {
  it("are written when all have brought theirs, or have ended, each tenant's at once", async () => {
    const { writers, written } = open(4);
    const [one, two, three, four] = writers;
    const done = [
      one?.upsert("a", [chunk("a1")]),
      two?.upsert("b", [chunk("b1")]),
      three?.upsert("a", [chunk("a2")]),
    ];
    expect(written).toEqual([]);
    four?.end();
    await Promise.all(done);
    expect(written).toEqual([
      ["a", ["a1", "a2"]],
      ["b", ["b1"]],
    ]);
  });

  it("count one that writes and ends once", async () => {
    const { writers, written } = open(2);
    const [one, two] = writers;
    const first = one?.upsert("a", [chunk("a1")]);
    one?.end();
    expect(written).toEqual([]);
    await Promise.all([first, two?.upsert("a", [chunk("a2")])]);
    expect(written).toEqual([["a", ["a1", "a2"]]]);
  });

  it("fail for those alone whose own are refused", async () => {
    const bad = new Error("bad");
    const { writers, written } = open(3, (ids) => (ids.includes("bad") ? bad : undefined));
    const done = ["one", "bad", "two"].map((id, at) => writers[at]?.upsert("a", [chunk(id)]));
    expect((await Promise.allSettled(done)).map(({ status }) => status)).toEqual([
      "fulfilled",
      "rejected",
      "fulfilled",
    ]);
    expect(written).toEqual([
      ["a", ["one"]],
      ["a", ["two"]],
    ]);
  });

  it("fail at once for all while the index is out of reach", async () => {
    let asked = 0;
    const { writers } = open(3, () => {
      asked++;
      return new AppError("unavailable", "away");
    });
    const done = ["one", "two", "three"].map((id, at) => writers[at]?.upsert("a", [chunk(id)]));
    expect((await Promise.allSettled(done)).every(({ status }) => status === "rejected")).toBe(true);
    expect(asked).toBe(1);
  });
});
