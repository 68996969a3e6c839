import { expect, it } from "vitest";
import { archive, found, label, type OpenStorage, store, versionOf } from "./fixtures.ts";

export function includeContract(open: OpenStorage): void {
  it("are kept for each version, and told of those that are asked for", async () => {
    const storage = await open();
    const ann = await found(storage);
    const prompt = await store(storage, ann);
    const tenant = storage.tenant(ann.tenantId);
    await tenant.write(async ({ includes, versions }) => {
      await versions.insert(versionOf(prompt, { number: 2 }));
      await includes.add(prompt.id, 1, [
        { name: "a/tone", at: "production" },
        { name: "a/tone", at: "3" },
      ]);
      await includes.add(prompt.id, 2, []);
    });
    await tenant.read(async ({ includes }) => {
      const of = (versions: number[]) =>
        includes.of(versions.map((version) => ({ promptId: prompt.id, version })));
      expect(await of([1, 2])).toHaveLength(2);
      expect(await of([1])).toContainEqual({
        promptId: prompt.id,
        version: 1,
        name: "a/tone",
        at: "production",
      });
      expect(await of([2, 3])).toEqual([]);
      expect(await of([])).toEqual([]);
    });
  });

  it("tell who includes a name: live prompts, at versions that anybody would read", async () => {
    const storage = await open();
    const ann = await found(storage);
    const tenant = storage.tenant(ann.tenantId);
    const [latest, old, labelled, pinned, pinning, gone] = [
      await store(storage, ann, { name: "latest" }),
      await store(storage, ann, { name: "old" }),
      await store(storage, ann, { name: "labelled" }),
      await store(storage, ann, { name: "pinned" }),
      await store(storage, ann, { name: "pinning" }),
      await store(storage, ann, { name: "gone" }),
    ];
    const tone = { name: "tone", at: "latest" };
    await tenant.write(async ({ includes, prompts, versions }) => {
      for (const prompt of [latest, old, labelled, pinned, gone]) await includes.add(prompt.id, 1, [tone]);
      for (const prompt of [old, labelled, pinned]) {
        await versions.insert(versionOf(prompt, { number: 2 }));
        await prompts.update({ ...prompt, latestVersion: 2 });
      }
      await includes.add(pinning.id, 1, [{ name: "pinned", at: "1" }]);
    });
    await label(storage, ann, labelled.id, "production", 1);
    await archive(storage, ann.tenantId, gone);
    await tenant.read(async ({ includes }) => {
      const users = await includes.usersOf(["tone"], 9);
      expect(users.map(({ promptId }) => promptId)).toEqual([latest.id, labelled.id, pinned.id].toSorted());
      expect(users).toContainEqual({ promptId: pinned.id, version: 1, ...tone });
      expect(await includes.usersOf(["tone", "pinned"], 9)).toHaveLength(4);
      expect(await includes.usersOf(["tone"], 2)).toEqual(users.slice(0, 2));
      expect(await includes.usersOf(["latest", "nothing"], 9)).toEqual([]);
    });
  });
}
