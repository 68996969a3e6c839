import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rawDatabase } from "../support/raw-database.ts";
import { type Folder, foundedFolder } from "./processes.ts";

let folder: Folder;
beforeAll(async () => {
  folder = await foundedFolder();
  await folder.json(["create", "mail/reply", "--content", "Reply to {{mail}}"]);
});
afterAll(() => folder.remove());

describe("audit", () => {
  it("lists who changed what", async () => {
    const { stdout } = await folder.run(["audit", "list", "--target", "mail/reply"]);
    expect(stdout).toMatch(
      /^NUMBER +AT +OPERATION +USERNAME +TARGET +DETAILS\n3 .* create_prompt +ada +mail\/reply +version 1$/m,
    );
    const narrow = await folder.run(["audit", "list"], { columns: 90 });
    for (const line of narrow.stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(90);
    const { items } = await folder.json(["audit", "list"]);
    expect(items.map((entry: { operation: string }) => entry.operation)).toEqual([
      "create_prompt",
      "init",
      "init",
    ]);
  });

  it("exports every record, a JSON object a line, newest first", async () => {
    const { stdout } = await folder.run(["audit", "export"]);
    const lines = stdout.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line).number)).toEqual([3, 2, 1]);
  });

  it("verifies, and exits with 1 once a record was changed behind its back", async () => {
    const { code, stdout } = await folder.run(["audit", "verify"]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^intact: 3 records; head 3:[0-9a-f]{64}\n$/)]);
    const { head } = await folder.json(["audit", "verify"]);
    expect(await folder.json(["audit", "verify", "--known-head", head])).toMatchObject({ intact: true });
    const database = await rawDatabase(folder);
    await database.run("update audit_log set operation = 'archive_prompt' where number = 2");
    await database.close();
    const broken = await folder.run(["audit", "verify", "--json"]);
    expect(broken.code).toBe(1);
    expect(JSON.parse(broken.stdout)).toMatchObject({ intact: false, broken: { number: 2 } });
  });
});
