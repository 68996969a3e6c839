import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Folder, foundedFolder } from "./processes.ts";

let folder: Folder;
beforeAll(async () => {
  folder = await foundedFolder();
  await folder.json(["create", "mail/reply", "--content", "Dear you\n"]);
  await folder.json(["update", "mail/reply", "--content", "Dear {{name}}\n"]);
});
afterAll(() => folder.remove());

describe("diff", () => {
  it("prints the change as a unified diff, and what else changed beside it", async () => {
    const { stdout, stderr } = await folder.run(["diff", "mail/reply"]);
    expect(stdout).toMatch(
      /^--- mail\/reply v1\n\+\+\+ mail\/reply v2\n@@ .* @@\n-Dear you\n\+Dear \{\{name\}\}\n/,
    );
    expect(stderr).toContain("arguments");
  });

  it("says that a version is the same as itself", async () => {
    const { stdout, stderr } = await folder.run(["diff", "mail/reply", "--from", "1", "--to", "1"]);
    expect(stdout).toBe("");
    expect(stderr).toContain("The versions are the same.");
  });
});

describe("a flag that is yes or no", () => {
  it("switches on, and off with --no-", async () => {
    const policy = (flag: string) => folder.json(["review", "policy", "--approvals", "2", flag]);
    expect(await policy("--protected-labels-need-approval")).toEqual({
      approvals: 2,
      protected_labels_need_approval: true,
    });
    expect(await policy("--no-protected-labels-need-approval")).toMatchObject({
      protected_labels_need_approval: false,
    });
  });
});
