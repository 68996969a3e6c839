import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadConfig } from "../../src/config/config.ts";

describe("secrets in files", () => {
  let folder: string;
  const file = async (text: string) => {
    const path = join(folder, "secret");
    await writeFile(path, text);
    return path;
  };
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "promptforge-test-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const QDRANT_URL = "http://qdrant:6333";

  it.each(["canary", "canary\n", "canary\r\n"])("are read without the end of the line: %j", async (text) => {
    const config = loadConfig({ QDRANT_URL, QDRANT_API_KEY_FILE: await file(text) });
    expect(config.qdrant?.apiKey).toBe("canary");
  });

  it("are for settings that may be secret, and for no others", async () => {
    expect(loadConfig({ PROMPTFORGE_HOST_FILE: await file("0.0.0.0") }).host).toBe("127.0.0.1");
  });

  it("are refused by name when they cannot be read, are given twice or do not hold what they should", async () => {
    const path = await file("canary of two words");
    const refusals: [Record<string, string>, string][] = [
      [{ QDRANT_API_KEY_FILE: join(folder, "missing") }, "QDRANT_API_KEY_FILE cannot be read (ENOENT)"],
      [
        { QDRANT_API_KEY_FILE: path, QDRANT_API_KEY: "key" },
        "QDRANT_API_KEY and QDRANT_API_KEY_FILE are both set",
      ],
      [{ QDRANT_API_KEY_FILE: path }, "QDRANT_API_KEY must be one word"],
    ];
    for (const [given, expected] of refusals) {
      let message = "";
      try {
        loadConfig({ QDRANT_URL, ...given });
      } catch (error) {
        message = String(error);
      }
      expect(message).toContain(expected);
      expect(message).not.toContain("canary");
    }
  });
});
