import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { start } from "../cli/processes.ts";
import { eventually } from "../support/eventually.ts";
import { librarySettings, openLibrary } from "../support/library.ts";
import { phrase } from "../support/phrases.ts";
import { serveProgram } from "../support/programs.ts";
import { startQdrant } from "../support/qdrant.ts";
import { restClient } from "../support/rest.ts";
import { itWithQdrant } from "../support/with-qdrant.ts";

/** Short here; a minute with `npm run test:qdrant-outage`. */
const SECONDS = Number(process.env["PROMPTFORGE_TEST_OUTAGE_SECONDS"] ?? 3);
const WRITES = Number(process.env["PROMPTFORGE_TEST_OUTAGE_WRITES"] ?? 24);
const BEFORE = 12;

itWithQdrant(
  `a served library whose Qdrant is killed for ${SECONDS} s under ${WRITES} writes and comes back empty is whole after reconcile`,
  { timeout: 120_000 + 6_000 * SECONDS + 500 * WRITES },
  async () => {
    const dataDir = await mkdtemp(join(tmpdir(), "promptforge-outage-"));
    const qdrant = await startQdrant();
    const settings = {
      QDRANT_URL: qdrant.url,
      QDRANT_API_KEY: qdrant.apiKey,
      PROMPTFORGE_QDRANT_COLLECTION: "outage",
      PROMPTFORGE_INDEX_LEASE_SECONDS: "1",
      PROMPTFORGE_LIMIT_SEARCH: "100000",
      PROMPTFORGE_LIMIT_WRITES: "100000",
    };
    const setup = await openLibrary({ dataDir, environment: settings });
    const key = await (await setup.found("ada")).key();
    await setup.close();
    const server = await serveProgram(dataDir, settings);
    try {
      const rest = restClient(server.url, key);
      const live = new Map<string, string>();
      const write = async (n: number) => {
        const name = `p${n}`;
        const title = phrase(n);
        const made = await rest("POST", "/v1/prompts", {
          json: { name, title, content: `${title}, please.` },
        });
        expect(made.status, made.text).toBe(201);
        live.set(name, title);
        const other = `p${Math.floor(n / 2)}`;
        if (n % 4 === 1 && live.has(other)) {
          const json = { content: `${live.get(other)}, please, and again (${n}).` };
          expect((await rest("PATCH", `/v1/prompts/${other}`, { json })).status).toBe(200);
        }
        if (n % 6 === 5 && live.delete(other)) {
          expect((await rest("POST", `/v1/prompts/${other}/archive`)).status).toBe(200);
        }
      };
      const search = async (query: string) =>
        (await rest("GET", `/v1/search?${new URLSearchParams({ query, limit: "10" })}`)).body;

      for (let n = 0; n < BEFORE; n++) await write(n);
      await eventually(async () => (await search("tea")).pending === 0);

      await qdrant.kill();
      for (let n = 0; n < WRITES; n++) {
        await write(BEFORE + n);
        await sleep((1000 * SECONDS) / WRITES);
      }
      expect(await search("tea")).toMatchObject({ degraded: true });
      await qdrant.restart({ empty: true });

      const reconciled = await start(["reconcile", "--json"], {
        env: { ...(await librarySettings(dataDir)), PROMPTFORGE_DATA_DIR: dataDir, ...settings },
      }).ended;
      expect(reconciled.code, reconciled.stderr).toBe(0);
      expect(JSON.parse(reconciled.stdout)).toMatchObject({ missing: 0, stale: 0, orphaned: 0 });
      for (const [name, title] of live) {
        const { items, degraded, pending } = await search(title);
        expect({ degraded, pending }).toEqual({ degraded: false, pending: 0 });
        // Some titles differ by one word from forty others: among the first ten, and by meaning.
        const hit = items.find((item: { name: string }) => item.name === name);
        expect(hit?.similarity, title).toBeGreaterThan(0.5);
      }
      console.log(
        `Qdrant away for ${SECONDS} s under ${WRITES} writes and back empty: ${live.size} of ${live.size} prompts found by their titles`,
      );
      expect(await server.stop()).toBe(0);
    } finally {
      await server.kill();
      await qdrant.close();
      await rm(dataDir, { recursive: true, force: true });
    }
  },
);
