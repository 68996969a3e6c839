import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { makeDataFolder } from "../../src/config/data-folder.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "promptforge-folder-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

describe("the data folder", () => {
  it("is made with all above it, for its owner only", async () => {
    const path = join(folder, "new", "data");
    await makeDataFolder(path);
    expect(await modeOf(path)).toBe("700");
    expect(await modeOf(join(folder, "new"))).toBe("700");
  });

  it("is left as it is where it is there", async () => {
    const path = join(folder, "data");
    await mkdir(path);
    await chmod(path, 0o750);
    await makeDataFolder(path);
    expect(await modeOf(path)).toBe("750");
  });

  it.each([
    ["that is a file", "file", "is not a folder"],
    ["below a file", "file/data", "cannot be made (ENOTDIR)"],
    // In /proc nobody makes folders, not even root, and mkdir's recursive mode would never give up.
    ["where nobody makes folders", "/proc/promptforge/data", "cannot be made (ENOENT)"],
  ])("is refused %s, with what to do", async (_where, place, reason) => {
    await writeFile(join(folder, "file"), "");
    const path = place.startsWith("/") ? place : join(folder, place);
    await expect(makeDataFolder(path)).rejects.toMatchObject({
      code: "unavailable",
      message: `The data folder ${path} ${reason}. Let the user that runs PromptForge write there, or set PROMPTFORGE_DATA_DIR to another folder.`,
    });
  });
});
