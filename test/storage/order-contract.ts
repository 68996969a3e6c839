import { expect, it } from "vitest";
import type { UseCount, Uses } from "../../src/domain/ports/uses.ts";
import { archive, at, found, join, label, newPrompt, type OpenStorage, store } from "./fixtures.ts";
import { newSearch } from "./search-history-contract.ts";

/** Former names, favourites, uses, and the end of a prompt with all of these. */
export function orderContract(open: OpenStorage): void {
  it("lead from a former name to the prompt, and are listed with the name that it has now", async () => {
    const storage = await open();
    const ann = await found(storage);
    const [one, two] = [
      await store(storage, ann, { name: "one" }),
      await store(storage, ann, { name: "two" }),
    ];
    const tenant = storage.tenant(ann.tenantId);
    await tenant.write(async ({ redirects }) => {
      for (const name of ["b", "a", "c"]) await redirects.put({ name, promptId: one.id, createdAt: at(1) });
      await redirects.put({ name: "c", promptId: two.id, createdAt: at(2) });
    });
    await tenant.read(async ({ redirects }) => {
      expect(await redirects.find("a")).toBe(one.id);
      expect(await redirects.find("c")).toBe(two.id);
      expect(await redirects.find("d")).toBeUndefined();
      expect(await redirects.count(one.id)).toBe(2);
      const a = { name: "a", promptId: one.id, leadsTo: "one", createdAt: at(1) };
      expect(await redirects.list({ limit: 2 })).toEqual([a, { ...a, name: "b" }]);
      expect(await redirects.list({ limit: 2, after: "b" })).toMatchObject([{ name: "c", leadsTo: "two" }]);
      expect(await redirects.list({ limit: 9, promptId: one.id })).toHaveLength(2);
    });
    await tenant.write(({ redirects }) => redirects.remove("a"));
    expect(await tenant.read(({ redirects }) => redirects.find("a"))).toBeUndefined();
    expect(await tenant.read(({ redirects }) => redirects.find("b"))).toBe(one.id);
  });

  it("end where a prompt takes the name, made or renamed, and keep it from being derived", async () => {
    const storage = await open();
    const ann = await found(storage);
    const { id } = await store(storage, ann, { name: "old" });
    const tenant = storage.tenant(ann.tenantId);
    await tenant.write(async ({ prompts, redirects }) => {
      await prompts.rename(id, "new", at(7));
      for (const name of ["old", "old-2"]) await redirects.put({ name, promptId: id, createdAt: at(1) });
    });
    await tenant.read(async ({ prompts }) => {
      expect(await prompts.find({ name: "old" })).toBeUndefined();
      expect(await prompts.find({ name: "new" })).toMatchObject({ id, updatedAt: at(7) });
      expect(await prompts.takenNames("old")).toEqual(new Set(["old", "old-2"]));
    });
    await tenant.write(async ({ prompts }) => {
      await prompts.insert(newPrompt(ann, { name: "old" }));
      await prompts.rename(id, "old-2", at(8));
    });
    await tenant.read(async ({ redirects }) => {
      expect(await redirects.find("old")).toBeUndefined();
      expect(await redirects.find("old-2")).toBeUndefined();
    });
    await expect(tenant.write(({ prompts }) => prompts.rename("nobody", "x", at(9)))).rejects.toMatchObject({
      code: "not_found",
    });
    // A name in use is refused whoever asks.
    await expect(tenant.write(({ prompts }) => prompts.rename(id, "old", at(9)))).rejects.toThrow();
  });

  it("are each member's own favourites", async () => {
    const storage = await open();
    const ann = await found(storage);
    const bob = await join(storage, ann.tenantId, "viewer");
    const [one, two] = [await store(storage, ann), await store(storage, ann)];
    const tenant = storage.tenant(ann.tenantId);
    await tenant.write(async ({ favourites }) => {
      for (const { id } of [one, two, one]) await favourites.add(ann.userId, id, at(1));
      await favourites.add(bob.userId, one.id, at(1));
      await favourites.remove(ann.userId, one.id);
      await favourites.remove(ann.userId, "nothing");
    });
    await tenant.read(async ({ favourites, prompts }) => {
      expect(await favourites.count(ann.userId)).toBe(1);
      expect(await favourites.has(ann.userId, one.id)).toBe(false);
      expect(await favourites.has(ann.userId, two.id)).toBe(true);
      expect(await prompts.findIds({ favouriteOf: ann.userId })).toEqual([two.id]);
      expect(await prompts.findIds({ favouriteOf: bob.userId })).toEqual([one.id]);
    });
    await tenant.write(({ members }) => members.remove(bob.userId));
    expect(await tenant.read(({ favourites }) => favourites.count(bob.userId))).toBe(0);
  });

  it("count uses by day, version and label, adding to what is there", async () => {
    const storage = await open();
    const ann = await found(storage);
    const [one, two] = [
      await store(storage, ann, { name: "one" }),
      await store(storage, ann, { name: "two" }),
    ];
    const tenant = storage.tenant(ann.tenantId);
    const count = (promptId: string, day: string, version: number, label: string, uses: Partial<Uses>) =>
      tenant.write((own) => own.uses.add([{ promptId, day, version, label, renders: 0, reads: 0, ...uses }]));
    await count(one.id, "2025-01-01", 1, "", { renders: 2 });
    await count(one.id, "2025-01-02", 1, "production", { renders: 3, reads: 1 });
    await count(one.id, "2025-01-02", 1, "production", { renders: 4 });
    await count(one.id, "2025-01-02", 2, "", { reads: 5 });
    await count(two.id, "2025-01-02", 1, "", { renders: 1 });
    await count("gone", "2025-01-02", 1, "", { renders: 9 });
    const theirs = await store(storage, await found(storage));
    await count(theirs.id, "2025-01-02", 1, "", { renders: 9 });

    await tenant.read(async ({ uses }) => {
      const all = { since: "2025-01-01", limit: 9 };
      expect(await uses.byDay(all)).toEqual([
        { day: "2025-01-02", renders: 8, reads: 6 },
        { day: "2025-01-01", renders: 2, reads: 0 },
      ]);
      expect(await uses.byDay({ since: "2025-01-02", promptId: two.id })).toEqual([
        { day: "2025-01-02", renders: 1, reads: 0 },
      ]);
      expect(await uses.byVersion({ ...all, promptId: one.id })).toEqual([
        { version: 1, renders: 9, reads: 1 },
        { version: 2, renders: 0, reads: 5 },
      ]);
      expect(await uses.byLabel({ ...all, limit: 1 })).toEqual([{ label: "", renders: 3, reads: 5 }]);
      expect(await uses.byLabel({ ...all, promptId: two.id })).toEqual([{ label: "", renders: 1, reads: 0 }]);
      expect(await uses.byPrompt(all)).toEqual([
        { id: one.id, name: "one", renders: 9, reads: 6 },
        { id: two.id, name: "two", renders: 1, reads: 0 },
      ]);
    });
    await tenant.write(({ uses }) => uses.deleteBefore("2025-01-02"));
    expect(await tenant.read(({ uses }) => uses.byDay({ since: "2024-01-01" }))).toHaveLength(1);
  });

  it("add many counts of uses at once, but those of prompts that are gone, or are others'", async () => {
    const storage = await open();
    const ann = await found(storage);
    const [one, two] = [await store(storage, ann), await store(storage, ann)];
    const bob = await found(storage);
    const theirs = await store(storage, bob);
    const use = (promptId: string, version: number, label: string) => ({
      ...{ promptId, version, label },
      ...{ day: "2025-01-01", renders: 1, reads: 2 },
    });
    const tenant = storage.tenant(ann.tenantId);
    const add = (...counts: UseCount[]) => tenant.write(({ uses }) => uses.add(counts));
    await add();
    await add(use(two.id, 1, ""), use("gone", 1, ""), use(one.id, 3, 'a "label"'), use(theirs.id, 1, ""));
    await add(use(one.id, 3, ""), use(one.id, 3, 'a "label"'));
    await tenant.read(async ({ uses }) => {
      const all = { since: "2025-01-01", limit: 9 };
      expect(await uses.byDay(all)).toEqual([{ day: "2025-01-01", renders: 4, reads: 8 }]);
      expect(await uses.byLabel({ ...all, promptId: one.id })).toEqual([
        { label: 'a "label"', renders: 2, reads: 4 },
        { label: "", renders: 1, reads: 2 },
      ]);
      expect(await uses.byVersion({ ...all, promptId: one.id })).toEqual([
        { version: 3, renders: 3, reads: 6 },
      ]);
    });
    expect(
      await storage.tenant(bob.tenantId).read(({ uses }) => uses.byDay({ since: "2025-01-01" })),
    ).toEqual([]);
  });

  it("put a member's favourites foremost, then what was used since a day, by how much", async () => {
    const storage = await open();
    const ann = await found(storage);
    const bob = await join(storage, ann.tenantId, "viewer");
    const named = new Map<string, string>();
    for (const name of ["a", "b", "c", "d", "e", "f", "g"])
      named.set(name, (await store(storage, ann, { name })).id);
    const id = (name: string) => named.get(name)!;
    const tenant = storage.tenant(ann.tenantId);
    const use = (name: string, renders: number, reads: number, day = "2025-01-09") => ({
      promptId: id(name),
      ...{ day, version: 1, label: "", renders, reads },
    });
    await tenant.write(async ({ uses, favourites }) => {
      await uses.add([use("b", 1, 0), use("d", 2, 2), use("e", 0, 4), use("f", 99, 0, "2025-01-01")]);
      await uses.add([use("b", 1, 0, "2025-01-08"), use("g", 1, 1)]);
      for (const name of ["f", "b"]) await favourites.add(ann.userId, id(name), at(1));
      await favourites.add(bob.userId, id("a"), at(1));
    });
    const foremost = async (userId: string, limit = 9) =>
      tenant.read(async ({ prompts }) => {
        const page = { filter: {}, userId, since: "2025-01-08", limit };
        return (await prompts.foremost(page)).map(({ name }) => name);
      });
    expect(await foremost(ann.userId)).toEqual(["b", "f", "d", "e", "g"]);
    expect(await foremost(bob.userId)).toEqual(["a", "d", "e", "b", "g"]);
    expect(await foremost(bob.userId, 2)).toEqual(["a", "d"]);
    const rest = await tenant.read(({ prompts }) =>
      prompts.list({ filter: {}, sort: "name", descending: false, limit: 9, except: [id("a"), id("c")] }),
    );
    expect(rest.map(({ name }) => name)).toEqual(["b", "d", "e", "f", "g"]);
  });

  it("go with a prompt that is removed, and so does all else that is said of it", async () => {
    const storage = await open();
    const ann = await found(storage);
    const [gone, kept] = [await store(storage, ann, { name: "gone" }, "word"), await store(storage, ann)];
    await label(storage, ann, gone.id, "staging", 1);
    await archive(storage, ann.tenantId, gone);
    const tenant = storage.tenant(ann.tenantId);
    const mention = ({ id }: { readonly id: string }) => ({ id, name: "n" });
    const search = newSearch(ann, {
      top: [mention(gone), mention(kept)],
      opened: [
        { ...mention(kept), at: at(2) },
        { ...mention(gone), at: at(3) },
      ],
    });
    const call = { userId: ann.userId, fingerprint: "f", startedAt: at(1), expiresAt: at(9) };
    await tenant.write(async (own) => {
      await own.redirects.put({ name: "older", promptId: gone.id, createdAt: at(1) });
      await own.favourites.add(ann.userId, gone.id, at(1));
      await own.uses.add([
        { promptId: gone.id, day: "2025-01-01", version: 1, label: "", renders: 1, reads: 1 },
      ]);
      await own.history.insertMany([search]);
      for (const [keyHash, target] of [
        ["k", gone],
        ["l", kept],
      ] as const) {
        const attempt = { keyHash, attempt: "a" };
        await own.once.begin({ ...call, ...attempt });
        await own.once.settle(ann.userId, attempt, { kind: "prompt", id: target.id });
        await own.once.answer(ann.userId, attempt, "{}");
      }
    });
    await tenant.write(async (own) => {
      await own.history.forgetPrompt(gone.id);
      await own.once.forgetAnswers(gone.id);
      await own.enqueueIndexing(gone.id);
      await own.prompts.remove(gone.id);
    });
    await tenant.read(async (own) => {
      expect(await own.prompts.find({ id: gone.id })).toBeUndefined();
      expect(await own.versions.find(gone.id, 1)).toBeUndefined();
      expect(await own.labels.allMoves({ limit: 9 })).toEqual([]);
      expect(await own.redirects.find("older")).toBeUndefined();
      expect(await own.favourites.count(ann.userId)).toBe(0);
      expect(await own.uses.byDay({ since: "2025-01-01" })).toEqual([]);
      const [left] = await own.history.list(ann.userId, { limit: 9 });
      expect(left).toMatchObject({ top: [mention(kept)], opened: [{ id: kept.id, at: at(2) }] });
      expect((await own.once.find(ann.userId, "k"))?.answer).toBeUndefined();
      expect((await own.once.find(ann.userId, "l"))?.answer).toBe("{}");
    });
    await expect(tenant.write(({ prompts }) => prompts.remove(gone.id))).rejects.toMatchObject({
      code: "not_found",
    });
    expect(await tenant.read(({ prompts }) => prompts.all({ limit: 9, after: "" }))).toHaveLength(1);
  });
}
