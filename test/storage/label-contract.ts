import { expect, it } from "vitest";
import { archive, at, found, label, type OpenStorage, store, versionOf } from "./fixtures.ts";

export function labelContract(open: OpenStorage): void {
  it("keep where they point to and every move, and are read with their prompt", async () => {
    const storage = await open();
    const ann = await found(storage, "ann");
    const prompt = await store(storage, ann);
    const of = { promptId: prompt.id, label: "staging" };
    await label(storage, ann, prompt.id, "staging", 1);
    const second = {
      ...of,
      number: 2,
      kind: "set",
      fromVersion: 1,
      toVersion: 2,
      previous: 1,
      reason: "better",
      movedById: ann.userId,
      movedAt: at(5),
    } as const;
    const target = { ...of, version: 2, move: 2, updatedById: ann.userId, updatedAt: at(5) };
    const tenant = storage.tenant(ann.tenantId);
    await tenant.write(async ({ versions, labels }) => {
      await versions.insert(versionOf(prompt, { number: 2 }));
      await labels.addMove(second);
      await labels.put(target);
    });

    await tenant.read(async ({ prompts, labels }) => {
      expect(await labels.find(prompt.id, "staging")).toMatchObject(target);
      expect((await prompts.find({ id: prompt.id }))?.labels).toEqual({ staging: 2 });
      expect(await labels.findMove(prompt.id, "staging", 2)).toEqual({ ...second, movedBy: "ann" });
      const moves = await labels.listMoves(prompt.id, "staging", { limit: 9 });
      expect(moves.map(({ number }) => number)).toEqual([2, 1]);
      expect(await labels.listMoves(prompt.id, "staging", { limit: 9, before: 2 })).toMatchObject([
        { number: 1, fromVersion: undefined, toVersion: 1 },
      ]);
      expect(await prompts.findIds({ label: "staging" })).toEqual([prompt.id]);
      expect(await prompts.findIds({ label: "production" })).toEqual([]);
    });
    await tenant.write(({ labels }) => labels.remove(prompt.id, "staging"));
    await tenant.read(async ({ prompts, labels }) => {
      expect((await prompts.find({ id: prompt.id }))?.labels).toEqual({});
      expect(await labels.listMoves(prompt.id, "staging", { limit: 9 })).toHaveLength(2);
    });
  });

  it("give every move of every label once, page by page", async () => {
    const storage = await open();
    const ann = await found(storage, "ann");
    const one = await store(storage, ann);
    const two = await store(storage, ann);
    for (const { id } of [one, two]) for (const name of ["a", "b"]) await label(storage, ann, id, name, 1);
    await storage.tenant(ann.tenantId).read(async ({ labels }) => {
      const all = await labels.allMoves({ limit: 9 });
      expect(new Set(all.map((move) => `${move.promptId} ${move.label}`)).size).toBe(4);
      const first = await labels.allMoves({ limit: 3 });
      expect([...first, ...(await labels.allMoves({ limit: 3, after: first.at(-1) }))]).toEqual(all);
    });
  });

  it("cannot point to a version that is not there", async () => {
    const storage = await open();
    const ann = await found(storage);
    const prompt = await store(storage, ann);
    await expect(label(storage, ann, prompt.id, "staging", 2)).rejects.toThrow();
    const { labels } = (await storage
      .tenant(ann.tenantId)
      .read(({ prompts }) => prompts.find({ id: prompt.id }))) ?? { labels: undefined };
    expect(labels).toEqual({});
  });

  it("are counted over prompts that are not archived, and protected by name", async () => {
    const storage = await open();
    const ann = await found(storage);
    const [one, two] = [await store(storage, ann), await store(storage, ann)];
    for (const { id } of [one, two]) await label(storage, ann, id, "staging", 1);
    await archive(storage, ann.tenantId, two);
    const tenant = storage.tenant(ann.tenantId);
    expect(await tenant.read(({ labels }) => labels.inUse())).toEqual([{ label: "staging", prompts: 1 }]);
    expect(await tenant.read(({ labels }) => labels.protected())).toEqual(["production"]);
    await tenant.write(({ labels }) => labels.setProtected(["staging"]));
    expect(await tenant.read(({ labels }) => labels.protected())).toEqual(["staging"]);
  });
}
