import { spawn } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

/** A clone with all that builds and starts the program, and a program that is quick to build. */
let clone: string;
beforeEach(async () => {
  clone = await mkdtemp(join(tmpdir(), "promptforge-clone-"));
  for (const part of ["bin", "scripts/build.ts", "package.json", "tsconfig.json", "tsconfig.build.json"])
    await cp(join(ROOT, part), join(clone, part), { recursive: true });
  await symlink(join(ROOT, "node_modules"), join(clone, "node_modules"));
  await mkdir(join(clone, "src/bin"), { recursive: true });
  await writeFile(
    join(clone, "src/bin/promptforge.ts"),
    `console.log((await import("../answer.ts")).ANSWER);`,
  );
  await says("one");
});
afterEach(() => rm(clone, { recursive: true, force: true }));

const says = (answer: string) =>
  writeFile(join(clone, "src/answer.ts"), `export const ANSWER: string = ${JSON.stringify(answer)};\n`);

async function run(command: string, args: readonly string[]) {
  const child = spawn(command, args, {
    cwd: clone,
    env: { ...process.env, npm_config_prefix: join(clone, "global"), npm_config_update_notifier: "false" },
  });
  const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, stdout, stderr };
}

const build = () => run("npm", ["run", "-s", "build"]);
const start = () => run("npm", ["run", "-s", "promptforge", "--", "--version"]);

describe("a clone that was not built yet", () => {
  it("says so by npm run and by the command of npm link, which works once it is built", async () => {
    const unbuilt = {
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/^PromptForge is not built yet. Run `npm run build` in .+\n$/),
    };
    expect(await start()).toEqual(unbuilt);
    expect(await run("npm", ["link", "--offline"])).toMatchObject({ code: 0 });
    const linked = join(clone, "global/bin/promptforge");
    expect(await run(linked, [])).toEqual(unbuilt);
    expect(await build()).toMatchObject({ code: 0 });
    expect(await run(linked, [])).toMatchObject({ code: 0, stdout: "one\n" });
    expect(await start()).toMatchObject({ code: 0, stdout: "one\n" });
  });
});

describe("a build", () => {
  it("leaves the one before in its place until it is whole, and then nothing of it", async () => {
    await build();
    await writeFile(join(clone, "dist/left-over.js"), "");
    await says("two");
    let building = true;
    const both = [build(), build()].map((one) => one.then(({ code }) => expect(code).toBe(0)));
    const built = Promise.all(both).finally(() => {
      building = false;
    });
    const heard = new Set<string>();
    const program = join(clone, "bin/promptforge.js");
    while (building) heard.add(Object.values(await run(process.execPath, [program])).join("|"));
    await built;
    for (const answer of heard) expect(["0|one\n|", "0|two\n|"]).toContain(answer);
    expect((await start()).stdout).toBe("two\n");
    expect(await readdir(join(clone, "dist"))).not.toContain("left-over.js");
    expect((await readdir(clone)).filter((name) => name.startsWith("dist"))).toEqual(["dist"]);
  });

  it("that fails leaves the one before", async () => {
    await build();
    await writeFile(join(clone, "src/answer.ts"), "export const ANSWER: string = 3;\n");
    expect(await build()).toMatchObject({ code: 2, stdout: expect.stringContaining("TS2322") });
    expect((await start()).stdout).toBe("one\n");
    expect((await readdir(clone)).filter((name) => name.startsWith("dist"))).toEqual(["dist"]);
  });
});
