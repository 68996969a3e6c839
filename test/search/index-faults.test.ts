import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Caller, localCall } from "../../src/domain/identity.ts";
import { librarySettings, openLibrary, PASSWORD } from "../support/library.ts";

const PROGRAM = join(import.meta.dirname, "programs/die-while-indexing.ts");

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "promptforge-faults-"));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

/** Every step between a prompt's row and the acknowledgement of its last chunk, early and late. */
const FAULTS: [string, number][] = [
  ["store", 2],
  ["stored", 0],
  ["claimed", 0],
  ["claimed", 1],
  ["split", 3],
  ["embedded", 0],
  ["embedded", 6],
  ["upserted", 0],
  ["upserted", 1],
  ["pruned", 0],
  ["pruned", 1],
  ["split kept", 0],
  ["before complete", 0],
  ["completed", 0],
  ["before advance", 0],
  ["advanced", 0],
  ["advanced", 1],
];

describe("kill -9 while prompts are stored and indexed", () => {
  it.each(FAULTS)(
    "at the step '%s', passed %i times before, leaves nothing that reconcile does not mend",
    async (step, passed) => {
      const child = spawn(process.execPath, [PROGRAM, dataDir, step, String(passed)], {
        stdio: "inherit",
        env: { ...process.env, ...(await librarySettings(dataDir)) },
      });
      const [, signal] = await once(child, "exit");
      expect(signal).toBe("SIGKILL");

      const library = await openLibrary({ dataDir, environment: { PROMPTFORGE_INDEX_LEASE_SECONDS: "1" } });
      try {
        const { app } = library;
        expect((await app.storage.inspect()).integrity).toBe("ok");
        expect((await app.reconciler.reconcile()).left).toEqual({ missing: 0, stale: 0, orphaned: 0 });
        const { member } = await app.services.authentication.signIn(
          { username: "ada", password: PASSWORD, withRefreshToken: false },
          localCall("login"),
        );
        const ada: Caller = {
          ...member,
          permissions: new Set(["account", "prompts:read"]),
          credential: "access_token",
        };
        const { items } = await app.services.prompts.list(ada, { sort: "name", limit: 50 });
        expect(items.length).toBeGreaterThan(0);
        for (const { title, id } of items) {
          const found = await app.services.search.search(ada, { query: title, limit: 3 });
          expect(found.pending).toBe(0);
          expect(found.items.map((hit) => hit.id)).toContain(id);
          expect(found.items.find((hit) => hit.id === id)!.similarity).not.toBeNull();
        }
        const ids = items.map(({ id }) => id);
        const shown = await app.storage.tenant(ada.tenantId).read((store) => store.shown.at("latest", ids));
        expect(shown.filter(({ spans }) => spans === undefined)).toEqual([]);
      } finally {
        await library.close();
      }
    },
  );
});
