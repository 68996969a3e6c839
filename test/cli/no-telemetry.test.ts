import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Folder, foundedFolder } from "./processes.ts";

let folder: Folder;
beforeEach(async () => {
  folder = await foundedFolder();
});
afterEach(() => folder.remove());

it("the native engine reports to nobody how it is used: it does not even begin to", async () => {
  const temporary = join(folder.dataDir, "tmp");
  await mkdir(temporary);
  const { ended } = folder.start(["doctor"], {
    env: {
      PROMPTFORGE_PORT: "0",
      TMPDIR: temporary,
      // Where it would keep an id of the machine: it says so when it cannot.
      HOME: "/dev/null",
    },
  });
  const { stdout, stderr } = await ended;
  expect(stdout).toContain("all-MiniLM-L6-v2");
  expect(`${stdout}${stderr}`).not.toMatch(/telemetry/i);
  // Its library of telemetry leaves a log of its own.
  expect((await readdir(temporary)).filter((name) => name.startsWith("mat-"))).toEqual([]);
});
