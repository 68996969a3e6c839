import { describe, expect, it } from "vitest";
import { start } from "./processes.ts";

const claimNode = (version: string) => [
  "--import",
  `data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"${version}"}})`,
];

describe("the program under an old Node", () => {
  it.each(["18.20.8", "20.19.0"])("says what it found and what it needs, and stops: %s", async (version) => {
    const { code, stdout, stderr } = await start(["--version"], { node: claimNode(version) }).ended;
    expect(code).toBe(1);
    expect(stderr).toContain(`needs Node.js 22 or newer; this is Node.js ${version}`);
    expect(stderr).toContain("nvm install 24");
    expect(stdout).toBe("");
  });

  it("runs under 22 and later", async () => {
    const { code, stdout } = await start(["--version"], { node: claimNode("22.12.0") }).ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
