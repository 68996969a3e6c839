import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { emptyFolder, type Folder } from "./processes.ts";

let folder: Folder;
beforeEach(async () => {
  folder = await emptyFolder();
});
afterEach(() => folder.remove());

/** The first line of standard error that matches. */
async function lineOf(stderr: NodeJS.ReadableStream, pattern: RegExp): Promise<string> {
  for await (const line of createInterface(stderr)) {
    const [, found] = pattern.exec(line) ?? [];
    if (found !== undefined) return found;
  }
  throw new Error(`Nothing said ${pattern}`);
}

describe("promptforge serve", () => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "tells where it listens and how to begin, and ends in order at %s",
    async (signal) => {
      const { child, ended } = folder.start(["serve", "--port", "0"]);
      const url = await lineOf(child.stderr!, /listens on (http:\S+)/);
      expect((await fetch(`${url}/healthz`)).status).toBe(200);
      child.kill(signal);
      const { code, stdout, stderr } = await ended;
      expect(code).toBe(0);
      expect(stdout).toBe("");
      for (const said of [
        "/docs",
        "/mcp",
        folder.dataDir,
        "promptforge init",
        "another tenant",
        "/v1/auth/register",
      ]) {
        expect(stderr).toContain(said);
      }
    },
  );

  it("gives its addresses as JSON, and takes flags before the environment", async () => {
    const { child, ended } = folder.start(["serve", "--port", "0", "--json"], {
      env: { PROMPTFORGE_PORT: "1" },
    });
    const [first] = await once(child.stdout!, "data");
    const { url, docs, mcp, data_dir } = JSON.parse(String(first));
    expect({ docs, mcp, data_dir }).toEqual({
      docs: `${url}/docs`,
      mcp: `${url}/mcp`,
      data_dir: folder.dataDir,
    });
    expect((await fetch(`${url}/readyz`)).status).toBe(200);
    child.kill("SIGTERM");
    expect((await ended).code).toBe(0);
  });
});
