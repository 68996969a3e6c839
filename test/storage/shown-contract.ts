import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { archive, found, label, type OpenStorage, store, versionOf } from "./fixtures.ts";

export function shownContract(open: OpenStorage): void {
  const some = [
    { start: 0, end: 3 },
    { start: 2, end: 5 },
  ];
  const other = [{ start: 0, end: 5 }];

  it("are given as they are now or at a label, with the chunks of the version that is indexed", async () => {
    const storage = await open();
    const ann = await found(storage);
    const { tenantId } = ann;
    const prompt = await store(storage, ann, { name: "a/b", title: "Old" }, "first");
    const plain = await store(storage, ann, { name: "plain" });
    await storage.tenant(tenantId).write(async ({ versions, prompts }) => {
      await versions.insert(versionOf(prompt, { number: 2, title: "New", content: "second" }));
      await prompts.update({ ...prompt, title: "New", latestVersion: 2 });
    });
    await label(storage, ann, prompt.id, "production", 1);
    await storage.splits.put([{ tenantId, promptId: prompt.id, version: 2, spans: some }]);

    const at = (name: string) =>
      storage
        .tenant(tenantId)
        .read(({ shown }) => shown.at(name, [prompt.id, plain.id, randomUUID()]))
        .then((all) => all.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
    expect(await at("latest")).toMatchObject([
      { id: prompt.id, name: "a/b", version: 2, title: "New", content: "second", spans: some },
      { id: plain.id, version: 1, spans: undefined },
    ]);
    expect(await at("production")).toMatchObject([
      { id: prompt.id, name: "a/b", version: 1, title: "Old", content: "first", spans: undefined },
    ]);
    expect(await at("staging")).toEqual([]);
    await archive(storage, tenantId, plain);
    expect(await at("latest")).toMatchObject([{ id: prompt.id }]);
  });

  it("keep the split of the newest version, whoever writes last, and none of what is gone", async () => {
    const storage = await open();
    const ann = await found(storage);
    const { tenantId } = ann;
    const { id: promptId } = await store(storage, ann, { latestVersion: 2 });
    const spans = async () => {
      const [one] = await storage.tenant(tenantId).read(({ shown }) => shown.at("latest", [promptId]));
      return one?.spans;
    };
    const split = { tenantId, promptId, version: 2, spans: some };
    await storage.splits.put([split, { ...split, promptId: randomUUID() }]);
    expect(await spans()).toEqual(some);
    await storage.splits.put([{ ...split, version: 1, spans: other }]);
    expect(await spans()).toEqual(some);
    await storage.splits.put([{ ...split, spans: other }]);
    expect(await spans()).toEqual(other);
    await storage.splits.put([]);
    await storage.tenant(tenantId).write(({ prompts }) => prompts.remove(promptId));
    await storage.splits.put([split]);
    expect(await spans()).toBeUndefined();
  });
}
