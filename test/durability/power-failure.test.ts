import { copyFileSync, mkdtempSync, rmSync, statSync, truncateSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { librarySettings, openLibrary } from "../support/library.ts";
import { describeWithSqlite } from "../support/with-sqlite.ts";

/** A page of the WAL, with its header. */
const FRAME_BYTES = 4096 + 24;

/**
 * What a power failure leaves: the WAL up to the last commit that waited for the disk, and any part of what was written after.
 */
function afterPowerFailure(file: string, durableBytes: number, part: number): string {
  const dataDir = mkdtempSync(join(tmpdir(), "promptforge-power-"));
  const left = join(dataDir, "promptforge.db");
  copyFileSync(file, left);
  copyFileSync(`${file}-wal`, `${left}-wal`);
  const { size } = statSync(`${file}-wal`);
  truncateSync(`${left}-wal`, durableBytes + Math.floor(part * (size - durableBytes)));
  return dataDir;
}

const describeFile = describeWithSqlite("a power failure", "it is about SQLite's write-ahead log");

describeFile("after a power failure", () => {
  it("every acknowledged prompt is there, and the index is made whole from what was lost of it", async () => {
    const library = await openLibrary();
    const file = join(library.dataDir, "promptforge.db");
    const folders: string[] = [];
    try {
      const ada = await library.found("ada");
      const names = ["poem", "letter", "recipe"];
      for (const name of names)
        await ada.call("create_prompt", { name, content: `Write a ${name}. `.repeat(200) });
      const durableBytes = statSync(`${file}-wal`).size;
      await library.app.indexer.drain();
      expect(statSync(`${file}-wal`).size).toBeGreaterThan(durableBytes + FRAME_BYTES);

      for (const part of [0, 0.5, 0.9]) {
        const dataDir = afterPowerFailure(file, durableBytes, part);
        folders.push(dataDir);
        // An index in Qdrant is where it was.
        const again = await openLibrary({ dataDir, environment: await librarySettings(library.dataDir) });
        try {
          const { prompts } = again.app.services;
          for (const name of names) expect((await prompts.get(ada.caller, name)).name).toBe(name);
          await again.app.indexer.drain();
          const { found } = await again.app.reconciler.reconcile();
          expect(found).toEqual({ missing: 0, stale: 0, orphaned: 0 });
          const { items } = await again.app.services.search.search(ada.caller, { query: "recipe", limit: 3 });
          expect(items[0]?.name).toBe("recipe");
        } finally {
          await again.close();
        }
      }
    } finally {
      await library.close();
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    }
  });
});
