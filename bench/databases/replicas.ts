import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLibrary } from "../../test/support/library.ts";
import type { PostgresServer } from "../../test/support/postgres.ts";
import { serveProgram } from "../../test/support/programs.ts";
import type { QdrantServer } from "../../test/support/qdrant.ts";
import { KEYS_SECRET } from "./worlds.ts";

const SECONDS = 10;
const AT_ONCE = 8;

/** get_prompt over REST, as fast as so many servers answer eight clients. */
export async function readsPerSecond(
  postgres: PostgresServer,
  qdrant: QdrantServer,
  servers: number,
): Promise<number> {
  const { url, ownerUrl } = await postgres.createDatabase();
  const environment = {
    DATABASE_URL: url,
    DATABASE_OWNER_URL: ownerUrl,
    PROMPTFORGE_KEYS_SECRET: KEYS_SECRET,
    QDRANT_URL: qdrant.url,
    QDRANT_API_KEY: qdrant.apiKey,
    PROMPTFORGE_LIMIT_READS: "0",
  };
  const folders = await Promise.all(
    Array.from({ length: servers }, () => mkdtemp(join(tmpdir(), "replica-"))),
  );
  const library = await openLibrary({ dataDir: folders[0] ?? "", environment });
  const ada = await library.found("ada");
  await ada.call("create_prompt", { name: "one", content: "Say {{what}}." });
  const headers = { Authorization: `Bearer ${await ada.key()}` };
  await library.close();
  const running = await Promise.all(folders.map((folder) => serveProgram(folder, environment)));
  try {
    let reads = 0;
    const until = performance.now() + SECONDS * 1000;
    await Promise.all(
      Array.from({ length: AT_ONCE }, async (_, client) => {
        const server = running[client % servers];
        while (performance.now() < until) {
          const answer = await fetch(`${server?.url}/v1/prompts/one`, { headers });
          if (!answer.ok) throw new Error(`A read was answered with ${answer.status}`);
          await answer.arrayBuffer();
          reads += 1;
        }
      }),
    );
    return Math.round(reads / SECONDS);
  } finally {
    for (const server of running) await server.stop();
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  }
}
