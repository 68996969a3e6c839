import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { eventually } from "../support/eventually.ts";
import { openLibrary } from "../support/library.ts";
import { serveProgram } from "../support/programs.ts";

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "promptforge-kill-"));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

describe("kill -9 of a server under writes", () => {
  it("loses no acknowledged prompt, leaves the database whole, and the index catches up", async () => {
    const setup = await openLibrary({ dataDir });
    const member = await setup.found("ada");
    const key = await member.key();
    await setup.close();

    const acknowledged: string[] = [];
    for (let round = 0; round < 5; round++) {
      const server = await serveProgram(dataDir, { PROMPTFORGE_INDEX_LEASE_SECONDS: "1" });
      const write = async (writer: number) => {
        for (let n = 0; ; n++) {
          const name = `round-${round}/writer-${writer}/p${n}`;
          const response = await fetch(`${server.url}/v1/prompts`, {
            method: "POST",
            headers: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
            body: JSON.stringify({ name, content: `Prompt ${n} of writer ${writer}` }),
          });
          if (response.status === 201) acknowledged.push(name);
        }
      };
      const writers = Promise.allSettled([write(0), write(1), write(2)]);
      const before = acknowledged.length;
      await eventually(() => acknowledged.length >= before + 15);
      await server.kill();
      await writers;
    }

    const library = await openLibrary({ dataDir });
    try {
      expect((await library.app.storage.inspect()).integrity).toBe("ok");
      const reader = { ...member.caller };
      const get = (name: string) => library.app.services.prompts.get(reader, name);
      for (const name of acknowledged) expect(await get(name)).toMatchObject({ name, version: 1 });
      const search = () =>
        library.app.services.search.search(reader, { query: "Prompt 3 of writer 1", limit: 50 });
      // What a killed process had taken is free again when its lease has ended.
      let result = await search();
      while (result.pending > 0) {
        if ((await library.app.indexer.drain()) === 0)
          await new Promise((resolve) => setTimeout(resolve, 100));
        result = await search();
      }
      expect(result.items.every((item) => item.similarity !== null)).toBe(true);
    } finally {
      await library.close();
    }
  });
});

describe("SIGTERM", () => {
  it("ends the server with exit code 0", async () => {
    const server = await serveProgram(dataDir);
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
    expect(await server.stop()).toBe(0);
  });
});
