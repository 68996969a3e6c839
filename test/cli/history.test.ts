import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Folder, foundedFolder } from "./processes.ts";

let folder: Folder;
beforeAll(async () => {
  folder = await foundedFolder();
});
afterAll(() => folder.remove());

describe("history", () => {
  it("lists what was searched and opened by commands that have long ended", async () => {
    await folder.json(["create", "mail/reply", "--content", "Reply to {{mail}}", "--tags", "mail"]);
    await folder.json(["search", "mail reply", "--tag", "mail"]);
    await folder.json(["get", "mail/reply"]);
    const { stdout } = await folder.run(["history", "list"]);
    const [head, row] = stdout.split("\n");
    expect(head).toMatch(/^AT +QUERY +FILTERS +HITS +OPENED$/);
    expect(row).toMatch(/ mail reply +tag mail +1 +mail\/reply$/);
    const counts = await folder.run(["history", "counts", "--days", "2"]);
    expect(counts.stdout).toMatch(/^DAY +USERNAME +SEARCHES +WITHOUT HITS\n\S+ +ada +1 +0\n$/);
  });

  it("is switched off, says so, and is cleared", async () => {
    expect(await folder.json(["history", "set", "false"])).toEqual({ enabled: false });
    await folder.json(["search", "unseen"]);
    const { stdout, stderr } = await folder.run(["history", "list"]);
    expect(stdout).not.toContain("unseen");
    expect(stderr).toContain("switched off");
    expect(await folder.json(["history", "clear"])).toEqual({ deleted: 1 });
    expect((await folder.json(["history", "list"])).items).toEqual([]);
  });
});
