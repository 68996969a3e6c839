import { readFileSync } from "node:fs";
import { DockerfileParser } from "dockerfile-ast";
import { validate } from "dockerfile-utils";
import { describe, expect, it } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { isPinned, textOf } from "./files.ts";

const text = await textOf("Dockerfile");
const instructions = DockerfileParser.parse(text).getInstructions();
const of = (keyword: string) =>
  instructions
    .filter((instruction) => instruction.getKeyword() === keyword)
    .map((instruction) => instruction.getRawArgumentsContent() ?? "");
/** From the last FROM on: what runs. */
const final = text.slice(text.lastIndexOf("\nFROM "));

describe("the Dockerfile", () => {
  it("is one, without a fault or a warning", () => {
    expect(validate(text)).toEqual([]);
  });

  it("builds on the Node that the tests run on, by its full version", () => {
    const lock = JSON.parse(readFileSync("package-lock.json", "utf8"));
    const { version } = lock.packages["node_modules/node"];
    const images = of("FROM").map((from) => from.split(" ")[0] ?? "");
    expect(new Set(images)).toEqual(new Set([`node:${version}-bookworm-slim`]));
    expect(images.every(isPinned)).toBe(true);
  });

  it("has in the last stage what the package ships, and no tool to build or install with", () => {
    for (const path of manifest.files) expect(final).toMatch(new RegExp(`^COPY .*\\b${path}\\b`, "m"));
    expect(final).not.toMatch(/npm (?:ci|install|run)|apt|curl|wget/);
    expect(final).toContain("rm -rf /usr/local/lib/node_modules");
    expect(text).toContain("npm ci --omit=dev");
  });

  it("runs as a user other than root, keeps its data in a volume, and is asked for its health by Node itself", () => {
    expect(of("USER")).toEqual(["node"]);
    expect(of("VOLUME")).toEqual(["/data"]);
    expect(of("EXPOSE")).toEqual(["8080"]);
    const [command = ""] = of("HEALTHCHECK").map((check) => check.slice(check.indexOf("CMD") + 3).trim());
    const [program, flag, script] = JSON.parse(command);
    expect([program, flag]).toEqual(["node", "-e"]);
    expect(script).toContain("/health/ready");
    expect(JSON.parse(of("CMD").at(-1) ?? "")).toEqual(["node", "dist/bin/promptforge.js", "serve"]);
    expect(text).toContain("ln -s /app/dist/bin/promptforge.js /usr/local/bin/promptforge");
  });

  it("takes into its context what it copies, and neither secrets nor the data of anybody", async () => {
    const ignore = (await textOf(".dockerignore")).split("\n").filter((line) => /^[^#]/.test(line));
    expect(ignore[0]).toBe("*");
    const taken = ignore.slice(1).map((line) => line.replace(/^!/, ""));
    const copied = [...text.matchAll(/^COPY (?!--from|\. )(.+)$/gm)].flatMap(([, copy = ""]) =>
      copy.split(" ").slice(0, -1),
    );
    for (const path of copied) expect(taken).toContain(path.split("/")[0]);
    for (const path of [".env", ".git", "deploy", "node_modules", "library.jsonl"])
      expect(taken).not.toContain(path);
  });
});
