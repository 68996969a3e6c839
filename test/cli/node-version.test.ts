import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { emptyFolder, start } from "./processes.ts";

const ROOT = join(import.meta.dirname, "../..");

const claimNode = (version: string) => [
  "--import",
  `data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"${version}"}})`,
];

describe("the program under an old Node", () => {
  it.each(["18.20.8", "20.19.0"])(
    "runs on the checkout's own, with the same streams: %s",
    async (version) => {
      const folder = await emptyFolder();
      try {
        const onOld = (args: readonly string[], input = "") =>
          start(args, { node: claimNode(version), env: { PROMPTFORGE_DATA_DIR: folder.dataDir }, input })
            .ended;
        expect(await onOld(["--version"])).toMatchObject({
          code: 0,
          stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
        });
        expect(await onOld(["list"])).toMatchObject({ code: 3, stdout: "" });
        expect(
          await onOld(["init", "--password-stdin", "--json"], "calm horse battery staple\n"),
        ).toMatchObject({
          code: 0,
          stdout: expect.stringContaining('"password": null'),
        });
      } finally {
        await folder.remove();
      }
    },
  );

  it.each(["SIGINT", "SIGTERM"] as const)("passes %s on, and ends as the other does", async (signal) => {
    const folder = await emptyFolder();
    try {
      const { child, ended } = start(["serve", "--port", "0"], {
        node: claimNode("20.19.0"),
        env: { PROMPTFORGE_DATA_DIR: folder.dataDir },
      });
      for await (const line of createInterface(child.stderr!)) if (line.includes("listens on")) break;
      child.kill(signal);
      expect(await ended).toMatchObject({ code: 0, signal: null });
    } finally {
      await folder.remove();
    }
  });

  it("says what it found and what it needs where there is no other, and stops", async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), "promptforge-bin-"));
    try {
      await cp(join(ROOT, "src/bin"), join(elsewhere, "src/bin"), { recursive: true });
      const { status, stdout, stderr } = spawnSync(
        process.execPath,
        [...claimNode("20.19.0"), join(elsewhere, "src/bin/promptforge.ts"), "--version"],
        { encoding: "utf8" },
      );
      expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
      expect(stderr).toContain("needs Node.js 22 or newer; this is Node.js 20.19.0");
      expect(stderr).toContain("nvm install 24");
      expect(stderr).toContain("npm run -s promptforge --");
    } finally {
      await rm(elsewhere, { recursive: true, force: true });
    }
  });

  it("runs under 22 and later as it is", async () => {
    const { code, stdout } = await start(["--version"], { node: claimNode("22.12.0") }).ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

const oldNode = await olderNode();
if (oldNode === undefined) {
  console.warn("Skipped: the built program under a really old Node needs one below 22 on the PATH");
}

describe.skipIf(oldNode === undefined)("the built program under this machine's old Node", () => {
  let checkout: string;
  beforeAll(async () => {
    checkout = await mkdtemp(join(tmpdir(), "promptforge-built-"));
    const compiler = join(ROOT, "node_modules/.bin/tsc");
    const project = ["-p", join(ROOT, "tsconfig.build.json"), "--noCheck"];
    spawnSync(process.execPath, [compiler, ...project, "--outDir", join(checkout, "dist")]);
    for (const part of ["node_modules", "package.json"])
      await symlink(join(ROOT, part), join(checkout, part));
    await cp(join(ROOT, "bin"), join(checkout, "bin"), { recursive: true });
    await symlink(join(checkout, "bin/promptforge.js"), join(checkout, "promptforge"));
  });
  afterAll(() => rm(checkout, { recursive: true, force: true }));

  it("runs through a link, as `npm link` makes one", async () => {
    const child = spawn(String(oldNode), [join(checkout, "promptforge"), "--version"]);
    let output = "";
    child.stdout.on("data", (part) => {
      output += part;
    });
    expect(await once(child, "close")).toEqual([0, null]);
    expect(output).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

/** A Node of the PATH that is too old, which `npm test` runs without. */
async function olderNode(): Promise<string | undefined> {
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    const path = await realpath(join(folder, "node")).catch(() => undefined);
    if (path === undefined) continue;
    const { stdout } = spawnSync(path, ["-p", "process.versions.node"], { encoding: "utf8" });
    if (Number.parseInt(stdout, 10) < 22) return path;
  }
  return undefined;
}
