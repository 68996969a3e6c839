import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Library, openLibrary, type TestMember } from "../support/library.ts";

let library: Library;
let ada: TestMember;

beforeAll(async () => {
  library = await openLibrary();
  ada = await library.found("ada");
});
afterAll(() => library.close());

describe("create_prompt", () => {
  it("stores version 1 with the arguments found in the content", async () => {
    const created = await ada.call("create_prompt", {
      name: "support/triage",
      title: "Triage",
      content: "Sort this for {{team}}: {{message}}",
      tags: ["Support", "email", "support"],
      change_note: "first",
    });
    expect(created).toMatchObject({
      name: "support/triage",
      version: 1,
      latest_version: 1,
      author: "ada",
      version_author: "ada",
      tags: ["email", "support"],
      change_note: "first",
      archived_at: null,
    });
    expect(created.arguments.map((argument: { name: string }) => argument.name)).toEqual(["team", "message"]);
    expect(created.content_hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it("derives a name and a title from the content, and makes the name unique", async () => {
    const first = await ada.call("create_prompt", { content: "# Explain like I am five\n\nGo on." });
    const second = await ada.call("create_prompt", { content: "Explain like I am five" });
    expect(first).toMatchObject({ name: "explain-like-i-am-five", title: "Explain like I am five" });
    expect(second.name).toBe("explain-like-i-am-five-2");
  });

  it("refuses a name in use and says what to do instead", async () => {
    await ada.call("create_prompt", { name: "taken", content: "x" });
    await expect(ada.call("create_prompt", { name: "taken", content: "y" })).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("update_prompt"),
    });
    await ada.call("archive_prompt", { name: "taken" });
    await expect(ada.call("create_prompt", { name: "taken", content: "y" })).rejects.toMatchObject({
      code: "conflict",
      message: expect.stringContaining("restore_prompt"),
    });
  });

  it.each([
    ["content over 256 KiB", { content: "é".repeat(131_073) }, "too_large"],
    ["blank content", { content: " \n " }, "invalid_input"],
    ["half a character", { content: "a\ud800b" }, "invalid_input"],
    ["a bad name", { name: "not a name", content: "x" }, "invalid_input"],
    ["no content", { name: "a" }, "invalid_input"],
    ["content of another type", { content: 7 }, "invalid_input"],
    ["too many tags", { content: "x", tags: Array.from({ length: 21 }, (_, n) => `t${n}`) }, "invalid_input"],
  ])("refuses %s", async (_what, input, code) => {
    await expect(ada.call("create_prompt", input)).rejects.toMatchObject({ code });
  });

  it("takes content of exactly 256 KiB", async () => {
    const { content } = await ada.call("create_prompt", { name: "largest", content: "x".repeat(256 * 1024) });
    expect(content.length).toBe(256 * 1024);
  });

  it("makes 20 names of 20 creations at once", async () => {
    const made = await Promise.all(
      Array.from({ length: 20 }, () => ada.call("create_prompt", { title: "Same title", content: "same" })),
    );
    expect(new Set(made.map((prompt) => prompt.name)).size).toBe(20);
  });
});

describe("update_prompt", () => {
  it("adds a version, keeps what is not given, and leaves older versions as they were", async () => {
    const { id } = await ada.call("create_prompt", {
      name: "poem",
      title: "Poem",
      content: "v1",
      tags: ["a"],
    });
    const updated = await ada.call("update_prompt", { name: id, content: "v2 {{x}}", change_note: "better" });
    expect(updated).toMatchObject({
      id,
      name: "poem",
      title: "Poem",
      version: 2,
      tags: ["a"],
      content: "v2 {{x}}",
    });
    expect(await ada.call("get_prompt", { name: "poem", version: 1 })).toMatchObject({
      content: "v1",
      version: 1,
    });
    expect(await ada.call("get_prompt", { name: "poem" })).toMatchObject({
      version: 2,
      change_note: "better",
    });
  });

  it("refuses a change made from an older version, and one that changes nothing", async () => {
    await ada.call("create_prompt", { name: "cas", content: "v1" });
    await ada.call("update_prompt", { name: "cas", content: "v2", expected_version: 1 });
    await expect(
      ada.call("update_prompt", { name: "cas", content: "v3", expected_version: 1 }),
    ).rejects.toMatchObject({
      code: "precondition_failed",
      details: { latest_version: 2, expected_version: 1 },
    });
    await expect(ada.call("update_prompt", { name: "cas" })).rejects.toMatchObject({ code: "invalid_input" });
  });

  it("makes versions 2 to 51 of 50 updates at once, without a gap", async () => {
    await ada.call("create_prompt", { name: "busy", content: "start" });
    const made = await Promise.all(
      Array.from({ length: 50 }, (_, n) => ada.call("update_prompt", { name: "busy", content: `n${n}` })),
    );
    expect(made.map((prompt) => prompt.version).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 50 }, (_, n) => n + 2),
    );
  });

  it("lets exactly one of 50 updates from the same version win", async () => {
    await ada.call("create_prompt", { name: "race", content: "start" });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, (_, n) =>
        ada.call("update_prompt", { name: "race", content: `n${n}`, expected_version: 1 }),
      ),
    );
    expect(outcomes.filter((outcome) => outcome.status === "fulfilled")).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === "rejected") expect(outcome.reason.code).toBe("precondition_failed");
    }
  });
});

describe("get_versions", () => {
  it("gives the history newest first, page by page", async () => {
    await ada.call("create_prompt", { name: "history", content: "1" });
    for (const content of ["2", "3", "4", "5"]) await ada.call("update_prompt", { name: "history", content });
    const first = await ada.call("get_versions", { name: "history", limit: 3 });
    const second = await ada.call("get_versions", { name: "history", limit: 3, cursor: first.next_cursor });
    expect([...first.items, ...second.items].map((version) => version.number)).toEqual([5, 4, 3, 2, 1]);
    expect(first.items[0]).toMatchObject({ content: "5", author: "ada" });
    expect(second.next_cursor).toBeNull();
  });
});

describe("get_prompt", () => {
  it.each([
    ["a name", { name: "nothing/here" }],
    ["an id", { name: "00000000-0000-4000-8000-000000000000" }],
    ["a version", { name: "support/triage", version: 99 }],
    ["what could not be a name", { name: "no such name!" }],
  ])("says not_found for %s that is not there", async (_what, input) => {
    await expect(ada.call("get_prompt", input)).rejects.toMatchObject({ code: "not_found" });
  });
});

describe("render_prompt", () => {
  it("fills the arguments, and names those that are missing", async () => {
    await ada.call("create_prompt", { name: "letter", content: "Dear {{name}}" });
    expect(await ada.call("render_prompt", { name: "letter", arguments: { name: "Bo" } })).toMatchObject({
      text: "Dear Bo",
      version: 1,
    });
    await expect(ada.call("render_prompt", { name: "letter" })).rejects.toMatchObject({
      code: "invalid_input",
      details: { missing: ["name"] },
    });
  });
});

describe("archive_prompt and restore_prompt", () => {
  it("hide a prompt from lists and bring it back whole; doing it twice is doing it once", async () => {
    await ada.call("create_prompt", { name: "attic/chair", content: "An old chair" });
    await ada.call("archive_prompt", { name: "attic/chair" });
    expect((await ada.call("archive_prompt", { name: "attic/chair" })).archived_at).not.toBeNull();
    expect((await ada.call("list_prompts", { folder: "attic" })).items).toEqual([]);
    expect((await ada.call("get_prompt", { name: "attic/chair" })).archived_at).not.toBeNull();
    await expect(ada.call("update_prompt", { name: "attic/chair", content: "x" })).rejects.toMatchObject({
      code: "conflict",
    });
    await ada.call("restore_prompt", { name: "attic/chair" });
    expect((await ada.call("restore_prompt", { name: "attic/chair" })).archived_at).toBeNull();
    expect((await ada.call("list_prompts", { folder: "attic", query: "old chair" })).items).toHaveLength(1);
  });
});

describe("whoami", () => {
  it("tells user, tenant, role and permissions", async () => {
    expect(await ada.call("whoami")).toMatchObject({ username: "ada", tenant: "ada", role: "admin" });
  });
});
