import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const page = readFileSync(join(ROOT, "docs/security.md"), "utf8");
const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
const promises = [...page.matchAll(/^\| (\d+) \| (.+) \| (.+) \|$/gm)].map(([, number, promise, tests]) => ({
  number: Number(number),
  promise: promise!,
  tests: [...tests!.matchAll(/`([^`]+)`/g)].map(([, test]) => test!),
}));

describe("docs/security.md", () => {
  it("numbers its promises without a gap", () => {
    expect(promises.map(({ number }) => number)).toEqual(Array.from({ length: 26 }, (_, place) => place + 1));
  });

  it.each(promises)("names tests that there are for: $promise", ({ tests }) => {
    expect(tests.length).toBeGreaterThan(0);
    for (const test of tests) {
      const command = /^npm run (\S+)$/.exec(test)?.[1];
      if (command === undefined) expect(existsSync(join(ROOT, test)), test).toBe(true);
      else expect(Object.keys(scripts)).toContain(command);
    }
  });

  it("leads to files that there are", () => {
    const named = [...page.matchAll(/`((?:test|src|docs)\/[\w./-]+)`/g)].map(([, path]) => path!);
    const linked = [...page.matchAll(/\]\(([\w.-]+\.md)\)/g)].map(([, path]) => `docs/${path}`);
    for (const path of [...named, ...linked]) expect(existsSync(join(ROOT, path)), path).toBe(true);
  });
});
