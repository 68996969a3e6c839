import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { SETTINGS } from "../../src/config/config.ts";
import { startQdrant } from "../support/qdrant.ts";
import { itWithQdrant } from "../support/with-qdrant.ts";

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, "../..");
const { services, volumes } = parse(await readFile(join(ROOT, "docker-compose.yml"), "utf8"));

describe("docker-compose.yml", () => {
  it("starts PromptForge once Qdrant is healthy, and publishes Qdrant to nobody", () => {
    expect(services.promptforge.depends_on.qdrant).toEqual({ condition: "service_healthy" });
    expect(services.promptforge.environment.QDRANT_URL).toBe("http://qdrant:6333");
    expect(services.qdrant).not.toHaveProperty("ports");
  });

  it("keeps the library and the index on volumes", () => {
    expect(Object.keys(volumes)).toEqual(["library", "index"]);
    expect(services.promptforge.volumes).toEqual(["library:/data"]);
    expect(services.qdrant.volumes).toEqual(["index:/qdrant/storage"]);
  });

  it("sets only what PromptForge knows", () => {
    expect(SETTINGS).toEqual(expect.arrayContaining(Object.keys(services.promptforge.environment)));
  });

  itWithQdrant("knows a Qdrant server that is ready from one that is gone", async () => {
    const server = await startQdrant();
    try {
      const [, ...command]: string[] = services.qdrant.healthcheck.test;
      const { port } = new URL(server.url);
      const [shell = "", ...rest] = command.map((part) => part.replaceAll("$$", "$").replace("6333", port));
      await run(shell, rest);
      await server.kill();
      await expect(run(shell, rest)).rejects.toMatchObject({ code: 1 });
    } finally {
      await server.close();
    }
  });
});
