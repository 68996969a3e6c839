import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { archive, at, found, join, newPrompt, type OpenStorage, store, versionOf } from "./fixtures.ts";

export function promptContract(open: OpenStorage): void {
  it("gives back what was stored, by id and by name, with the author's name", async () => {
    const storage = await open();
    const ann = await found(storage, "ann");
    const prompt = await store(storage, ann, {
      name: "été/naïve-名前",
      title: 'A "quoted" title; DROP TABLE prompts',
      description: "line one\nline two\0after a NUL",
      tags: ["a tag", "zürich"],
      arguments: [{ name: "topic", type: "string", required: true }],
      createdAt: at(1),
      updatedAt: at(2),
    });

    await storage.tenant(ann.tenantId).read(async ({ prompts }) => {
      expect(await prompts.find({ id: prompt.id })).toEqual({ ...prompt, labels: {}, author: "ann" });
      expect(await prompts.find({ name: prompt.name })).toEqual({ ...prompt, labels: {}, author: "ann" });
      expect(await prompts.find({ id: randomUUID() })).toBeUndefined();
      expect(await prompts.find({ name: prompt.id })).toBeUndefined();
    });
  });

  it("finds many at once, and passes over ids that it does not have", async () => {
    const storage = await open();
    const ann = await found(storage);
    const ids = [(await store(storage, ann)).id, (await store(storage, ann)).id];
    const prompts = await storage
      .tenant(ann.tenantId)
      .read((tenant) => tenant.prompts.findMany([...ids, randomUUID(), ids[0]!]));
    expect(prompts.map(({ id }) => id).sort()).toEqual(ids.sort());
  });

  it("replaces all that an update may change, and leaves name, author and creation", async () => {
    const storage = await open();
    const ann = await found(storage, "ann");
    const prompt = await store(storage, ann, { tags: ["old"] });
    const change = {
      title: "New title",
      description: "New description",
      tags: ["new", "newer"],
      arguments: [{ name: "x", type: "string", required: true }],
      latestVersion: 2,
      updatedAt: at(77),
      archivedAt: at(88),
    } as const;
    const tenant = storage.tenant(ann.tenantId);
    await tenant.write(({ prompts }) =>
      prompts.update({ ...prompt, ...change, name: "other", createdAt: at(99) }),
    );

    expect(await tenant.read(({ prompts }) => prompts.find({ id: prompt.id }))).toEqual({
      ...prompt,
      ...change,
      labels: {},
      author: "ann",
    });
    await tenant.write(({ prompts }) => prompts.update({ ...prompt, archivedAt: undefined }));
    const restored = await tenant.read(({ prompts }) => prompts.find({ id: prompt.id }));
    expect(restored?.archivedAt).toBeUndefined();
  });

  it("answers the update of a prompt that is not there with not_found", async () => {
    const storage = await open();
    const ann = await found(storage);
    const update = storage.tenant(ann.tenantId).write(({ prompts }) => prompts.update(newPrompt(ann)));
    await expect(update).rejects.toMatchObject({ code: "not_found" });
  });

  it("answers a name that is taken with conflict, even by an archived prompt", async () => {
    const storage = await open();
    const ann = await found(storage);
    const prompt = await store(storage, ann);
    await archive(storage, ann.tenantId, prompt);
    await expect(store(storage, ann, { name: prompt.name })).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("name"),
    });
  });

  it("counts and lists no archived prompt, and still finds it", async () => {
    const storage = await open();
    const ann = await found(storage);
    const [kept, gone] = [await store(storage, ann), await store(storage, ann)];
    await archive(storage, ann.tenantId, gone);

    await storage.tenant(ann.tenantId).read(async ({ prompts }) => {
      expect(await prompts.count()).toBe(1);
      const page = { filter: {}, sort: "name", descending: false, limit: 10 } as const;
      expect((await prompts.list(page)).map(({ id }) => id)).toEqual([kept.id]);
      expect((await prompts.find({ id: gone.id }))?.archivedAt).toEqual(at(1));
    });
  });

  it("says which names with a number behind a prefix are taken", async () => {
    const storage = await open();
    const ann = await found(storage);
    for (const name of ["a/x", "a/x-2", "a/x-3-b", "a/x.y", "a/x/y", "a/xy", "a/w", "a/y"]) {
      await store(storage, ann, { name });
    }
    const taken = await storage.tenant(ann.tenantId).read(({ prompts }) => prompts.takenNames("a/x"));
    expect([...taken].sort()).toEqual(["a/x", "a/x-2", "a/x-3-b"]);
  });

  it("keeps every version as it was, with who made it", async () => {
    const storage = await open();
    const ann = await found(storage, "ann");
    const bob = await join(storage, ann.tenantId, "developer");
    const prompt = await store(storage, ann, { tags: ["t"] }, "first {{x}}");
    const second = versionOf(prompt, {
      number: 2,
      authorId: bob.userId,
      content: "second",
      messages: [{ role: "system", content: "second" }, { placeholder: "history" }],
      inputSchema: { type: "object", properties: { history: { type: "array" } }, required: [] },
      config: { model: "m", stop: ["a"] },
      changeNote: "shorter",
    });
    const tenant = storage.tenant(ann.tenantId);
    await tenant.write(async ({ versions, prompts }) => {
      await versions.insert(second);
      await prompts.update({ ...prompt, latestVersion: 2 });
    });

    await tenant.read(async ({ versions }) => {
      const first = { ...versionOf(prompt, { content: "first {{x}}" }), author: "ann" };
      expect(await versions.find(prompt.id, 1)).toEqual(first);
      expect(await versions.find(prompt.id, 2)).toEqual({ ...second, author: bob.username });
      expect(await versions.find(prompt.id, 3)).toBeUndefined();
      const several = await versions.findMany([1, 2, 3].map((number) => ({ promptId: prompt.id, number })));
      expect(several.map(({ number }) => number).sort()).toEqual([1, 2]);
    });
  });

  it("keeps a version of 256 KiB to the byte", async () => {
    const storage = await open();
    const ann = await found(storage);
    const content = "é😀 \u0000\r\n\t".repeat(40_000).slice(0, 200_000);
    const prompt = await store(storage, ann, {}, content);
    const version = await storage.tenant(ann.tenantId).read(({ versions }) => versions.find(prompt.id, 1));
    expect(version?.content === content).toBe(true);
  });

  it("answers a version number that is taken with conflict", async () => {
    const storage = await open();
    const ann = await found(storage);
    const prompt = await store(storage, ann);
    const again = storage.tenant(ann.tenantId).write(({ versions }) => versions.insert(versionOf(prompt)));
    await expect(again).rejects.toMatchObject({ code: "conflict" });
  });

  it("pages through versions, newest first", async () => {
    const storage = await open();
    const ann = await found(storage);
    const prompt = await store(storage, ann);
    const tenant = storage.tenant(ann.tenantId);
    await tenant.write(async ({ versions }) => {
      for (const number of [2, 3, 4, 5]) await versions.insert(versionOf(prompt, { number }));
    });
    const numbers = async (before?: number) => {
      const page = await tenant.read(({ versions }) => versions.list(prompt.id, { limit: 2, before }));
      return page.map(({ number }) => number);
    };
    expect([await numbers(), await numbers(4), await numbers(2), await numbers(1)]).toEqual([
      [5, 4],
      [3, 2],
      [1],
      [],
    ]);
  });
}
