import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Library, openLibrary, type TestMember } from "../support/library.ts";

let library: Library;
let ada: TestMember;

beforeAll(async () => {
  library = await openLibrary();
  ada = await library.found("ada");
  await ada.call("create_prompt", {
    name: "mail/reply",
    content: "Dear {{name}}\nThanks.\n",
    tags: ["mail"],
  });
  await ada.call("update_prompt", { name: "mail/reply", content: "Dear {{name}}\nMany thanks.\n" });
  await ada.call("update_prompt", { name: "mail/reply", title: "Reply", tags: ["mail", "reply"] });
});
afterAll(() => library.close());

describe("compare_versions", () => {
  it("shows the change of the content for people and for programs", async () => {
    const change = await ada.call("compare_versions", { name: "mail/reply", from: 1, to: 2 });
    expect(change).toMatchObject({ from: 1, to: 2, same: false, fields: [] });
    expect(change.unified).toContain("--- mail/reply v1\n+++ mail/reply v2\n");
    expect(change.unified).toContain("-Thanks.\n+Many thanks.\n");
    expect(change.hunks[0]).toMatchObject({ from_line: 1, from_count: 2, to_line: 1, to_count: 2 });
  });

  it("compares the latest version with the one before it when none is named, fields and all", async () => {
    expect(await ada.call("compare_versions", { name: "mail/reply" })).toMatchObject({
      from: 2,
      to: 3,
      unified: "",
      fields: [
        { field: "title", to: "Reply" },
        { field: "tags", from: ["mail"], to: ["mail", "reply"] },
      ],
    });
  });

  it("tells arguments that came or went", async () => {
    await ada.call("create_prompt", { name: "greet", content: "Hi {{name}}" });
    await ada.call("update_prompt", { name: "greet", content: "Hi {{first_name}}" });
    const { fields } = await ada.call("compare_versions", { name: "greet" });
    expect(fields).toMatchObject([
      { field: "arguments", from: [{ name: "name" }], to: [{ name: "first_name" }] },
    ]);
  });

  it("says that a version is the same as itself", async () => {
    const change = await ada.call("compare_versions", { name: "mail/reply", from: 2, to: 2 });
    expect(change).toMatchObject({ same: true, unified: "", hunks: [], fields: [] });
  });

  it("refuses a first version without another, and versions that are not there", async () => {
    await ada.call("create_prompt", { name: "only-one", content: "x" });
    const alone = ada.call("compare_versions", { name: "only-one" });
    await expect(alone).rejects.toMatchObject({ code: "invalid_input" });
    const missing = ada.call("compare_versions", { name: "only-one", from: 1, to: 9 });
    await expect(missing).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("restore_version", () => {
  it("adds a version that says what the older one said, and names it", async () => {
    await ada.call("create_prompt", { name: "r", title: "One", content: "one {{a}}", tags: ["x"] });
    await ada.call("update_prompt", { name: "r", title: "Two", content: "two", tags: [] });
    const restored = await ada.call("restore_version", { name: "r", version: 1 });
    expect(restored).toMatchObject({
      version: 3,
      title: "One",
      content: "one {{a}}",
      tags: ["x"],
      arguments: [{ name: "a" }],
      change_note: "Restores version 1",
    });
    const { items } = await ada.call("get_versions", { name: "r" });
    expect(items.map(({ number }: { number: number }) => number)).toEqual([3, 2, 1]);
  });

  it("is refused when somebody else was faster, and for what is not there", async () => {
    await ada.call("create_prompt", { name: "raced", content: "one" });
    await ada.call("update_prompt", { name: "raced", content: "two" });
    const late = ada.call("restore_version", { name: "raced", version: 1, expected_version: 1 });
    await expect(late).rejects.toMatchObject({ code: "precondition_failed" });
    const missing = ada.call("restore_version", { name: "raced", version: 7 });
    await expect(missing).rejects.toMatchObject({ code: "not_found" });
  });
});
