import { expect, it, vi } from "vitest";
import { openSqliteStorage } from "../../src/storage/sqlite/storage.ts";
import { tempFile } from "./temp-sqlite.ts";

// What npm leaves where it has no binary for the platform, or was told to leave optional packages out.
vi.mock("sqlite-vec", () => ({
  load() {
    throw new Error("Cannot find module 'sqlite-vec-linux-x64/vec0.so'");
  },
}));

it("names the extension sqlite-vec, and what to do, when it cannot be loaded", async () => {
  await expect(openSqliteStorage({ file: await tempFile() })).rejects.toMatchObject({
    code: "unavailable",
    message: expect.stringMatching(/sqlite-vec cannot be loaded.*Install again/),
  });
});
