import { afterEach, beforeEach, expect, it } from "vitest";
import { type Library, openLibrary, type TestMember } from "../support/library.ts";
import { type QdrantServer, startQdrant } from "../support/qdrant.ts";
import { describeWithQdrant } from "../support/with-qdrant.ts";

const TITLES = ["Brew green tea", "Review a pull request", "Plan a birthday party"];
const NOTHING = { missing: 0, stale: 0, orphaned: 0 };

describeWithQdrant("a library whose Qdrant goes away", () => {
  let server: QdrantServer;
  let library: Library;
  let ada: TestMember;

  beforeEach(async () => {
    server = await startQdrant();
    library = await openLibrary({ environment: { QDRANT_URL: server.url, QDRANT_API_KEY: server.apiKey } });
    ada = await library.found("ada");
    for (const title of TITLES)
      await ada.call("create_prompt", { title, content: `${title}, step by step.` });
    await library.app.indexer.drain();
  });
  afterEach(async () => {
    await library.close();
    await server.close();
  });

  const search = (query: string) => ada.call("search_prompts", { query });

  /** Every prompt is found by its own title, by meaning. */
  async function expectAllFound(titles: readonly string[]): Promise<void> {
    for (const query of titles) {
      const { items, degraded, pending } = await search(query);
      expect({ first: items[0]?.title, degraded, pending }).toEqual({
        first: query,
        degraded: false,
        pending: 0,
      });
      expect(items[0].similarity).toBeGreaterThan(0.5);
    }
  }

  /** As a running server does, until everything due is done; what failed is due again within seconds. */
  const reconcile = () => library.app.reconciler.reconcile();

  it("goes on writing, searches by words and says so, and is whole again once Qdrant is back", async () => {
    await expectAllFound(TITLES);
    await server.kill();
    const title = "Write a cover letter";
    await ada.call("create_prompt", { title, content: "For a job application." });
    await ada.call("update_prompt", { name: "brew-green-tea", content: "Boil water first." });
    await ada.call("archive_prompt", { name: "plan-a-birthday-party" });
    await expect(library.app.indexer.drain()).rejects.toMatchObject({ code: "unavailable" });
    expect(await search("cover letter")).toMatchObject({ degraded: true, items: [{ title }] });

    await server.restart();
    expect(await reconcile()).toEqual({ found: NOTHING, left: NOTHING });
    await expectAllFound([title, "Brew green tea", "Review a pull request"]);
  });

  it("is whole again when Qdrant comes back empty", async () => {
    await server.restart({ empty: true });
    // Asking is enough for the index to notice, and the answer says what is not found by meaning any more.
    expect(await search("tea")).toMatchObject({ pending: TITLES.length });
    expect((await reconcile()).left).toEqual(NOTHING);
    await expectAllFound(TITLES);
  });

  it("is told by reconcile what Qdrant lost, and has it again", async () => {
    const { tenantId } = ada.caller;
    const [held] = await library.app.searchIndex.inventory(tenantId);
    await library.app.searchIndex.prune(tenantId, held!.promptId);
    expect(await reconcile()).toEqual({ found: { ...NOTHING, missing: 1 }, left: NOTHING });
    await expectAllFound(TITLES);
  });

  it("loses by reconcile what is left of a tenant whose process died between its rows and its vectors", async () => {
    const gone = await library.found("gone");
    await gone.call("create_prompt", { title: "Left behind", content: "Of nobody any more." });
    await library.app.indexer.drain();
    const { tenantId } = gone.caller;
    const { storage, searchIndex } = library.app;
    await storage.tenant(tenantId).write((store) => store.prompts.removeSome(10));
    await storage.directory.write((store) => store.removeTenant(tenantId));
    expect(await searchIndex.count(tenantId)).toBe(1);
    expect(await reconcile()).toEqual({ found: { ...NOTHING, orphaned: 1 }, left: NOTHING });
    expect(await searchIndex.count(tenantId)).toBe(0);
    await expectAllFound(TITLES);
  });
});
