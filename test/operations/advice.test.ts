import { secretLintProfiler } from "@secretlint/profiler";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, type Library, openLibrary, type TestMember } from "../support/library.ts";

let library: Library;
let ada: TestMember;

beforeAll(async () => {
  library = await openLibrary();
  ada = await library.found("ada");
});
afterAll(() => library.close());

const codesOf = (saved: Answer) => saved.warnings.map(({ code }: { code: string }) => code);

describe("advice on what is saved", () => {
  it("leaves nothing behind that the next content would be searched for together with", async () => {
    const marks = () => performance.getEntriesByType("mark").length;
    await ada.call("create_prompt", { content: "One" });
    const before = [marks(), (await secretLintProfiler.getEntries()).length];
    await ada.call("create_prompt", { content: "Another" });
    expect([marks(), (await secretLintProfiler.getEntries()).length]).toEqual(before);
  });

  it.each([
    ["github", `token ghp_${"a1B2".repeat(9)}`],
    [
      "privatekey",
      `-----BEGIN RSA PRIVATE KEY-----\n${"MIIEowIBAAKCAQEA".repeat(20)}\n-----END RSA PRIVATE KEY-----`,
    ],
    ["database-connection-string", "postgres://app:s3cr3t-pass@db.example.com:5432/app"],
  ])(
    "create_prompt names a likely secret by its kind, never by a character of it: %s",
    async (kind, content) => {
      const saved = await ada.call("create_prompt", { content });
      expect(codesOf(saved)).toContain("likely_secret");
      const advice = saved.warnings.find(({ code }: { code: string }) => code === "likely_secret");
      expect(advice.message).toContain(kind);
      expect(advice.positions[0]).toMatchObject({ line: 1 });
      expect(JSON.stringify(saved.warnings)).not.toMatch(/a1B2|MIIE|s3cr3t/);
    },
  );

  it("update_prompt and restore_version advise, too, and save all the same", async () => {
    const { name, warnings } = await ada.call("create_prompt", { content: "Harmless" });
    expect(warnings).toEqual([]);
    const hidden = await ada.call("update_prompt", { name, content: "Harm\u200Bless" });
    expect(codesOf(hidden)).toEqual(["invisible_characters"]);
    expect((await ada.call("get_prompt", { name })).content).toBe("Harm\u200Bless");
    expect(codesOf(await ada.call("restore_version", { name, version: 1 }))).toEqual([]);
    expect(codesOf(await ada.call("restore_version", { name, version: 2 }))).toEqual([
      "invisible_characters",
    ]);
  });
});
