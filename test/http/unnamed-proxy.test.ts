import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { serveProgram } from "../support/programs.ts";

/** What a server logs of two requests that came through a proxy. */
async function logOf(environment: Record<string, string>): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), "promptforge-test-"));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  const program = await serveProgram(dataDir, environment);
  const headers = { "X-Forwarded-For": "192.0.2.1" };
  for (let n = 0; n < 2; n++) await fetch(`${program.url}/v1/whoami`, { headers });
  await program.stop();
  return program.stderr();
}

describe("a proxy in front of the server", () => {
  it("that is not named is told of once, since its clients would share one limit", async () => {
    expect((await logOf({})).match(/PROMPTFORGE_TRUSTED_PROXIES/g)).toHaveLength(1);
  });

  it("that is named is taken for what it is", async () => {
    const log = await logOf({ PROMPTFORGE_TRUSTED_PROXIES: "loopback" });
    expect(log).not.toContain("PROMPTFORGE_TRUSTED_PROXIES");
  });
});
