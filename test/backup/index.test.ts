import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runHere } from "../cli/processes.ts";
import { openLibrary } from "../support/library.ts";
import { type QdrantServer, startQdrant } from "../support/qdrant.ts";
import { describeWithQdrant } from "../support/with-qdrant.ts";
import { inPostgres } from "../support/with-sqlite.ts";

let folder: string;
let qdrant: QdrantServer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "promptforge-restored-"));
  qdrant = await startQdrant();
});
afterEach(async () => {
  await qdrant.close();
  await rm(folder, { recursive: true, force: true });
});

if (inPostgres)
  console.warn("Skipped: a backup beside Qdrant, since PostgreSQL makes its backups by its own means.");

describeWithQdrant("a backup that is restored beside an index in Qdrant", () => {
  it.skipIf(inPostgres).each(["newer than it", "empty"])(
    "makes that equal, where it is %s",
    async (state) => {
      const dataDir = join(folder, "data");
      const env = {
        QDRANT_URL: qdrant.url,
        QDRANT_API_KEY: qdrant.apiKey,
        // Where the tests have one for each folder, this one all the same.
        PROMPTFORGE_QDRANT_COLLECTION: "restored",
      };
      const library = await openLibrary({ dataDir, environment: env });
      const ada = await library.found("ada");
      await ada.call("create_prompt", { name: "tea", content: "How green tea is brewed. ".repeat(200) });
      await ada.call("create_prompt", { name: "kept", content: "What a cover letter says." });
      await library.app.indexer.drain();
      const backup = join(folder, "backup");
      const run = async (...args: string[]) => {
        const { code, stdout, stderr } = await runHere([...args, "--json"], {
          env: { ...env, PROMPTFORGE_DATA_DIR: dataDir },
        });
        expect(code, stderr).toBe(0);
        return JSON.parse(stdout);
      };
      await run("backup", backup);

      await ada.call("update_prompt", { name: "tea", content: "Coffee, and nothing else." });
      await ada.call("create_prompt", { name: "later", content: "A birthday party." });
      await ada.call("archive_prompt", { name: "kept" });
      await library.app.indexer.drain();
      await library.close();
      if (state === "empty") {
        await qdrant.kill();
        await qdrant.restart({ empty: true });
      }
      await rm(dataDir, { recursive: true });

      expect((await run("backup", "restore", backup)).index).toEqual({ missing: 0, stale: 0, orphaned: 0 });
      const restored = await openLibrary({ dataDir, environment: env });
      try {
        const member = restored.as(ada.caller);
        const { items, pending } = await member.call("search_prompts", { query: "how to brew green tea" });
        expect(pending).toBe(0);
        expect(items[0]).toMatchObject({ name: "tea", version: 1 });
        expect(items[0].similarity).not.toBeNull();
        const coffee = await member.call("search_prompts", { query: "Coffee, and nothing else." });
        expect(coffee.items.map(({ similarity }: { similarity: number }) => similarity)).not.toContainEqual(
          expect.closeTo(1, 1),
        );
      } finally {
        await restored.close();
      }
    },
  );
});
