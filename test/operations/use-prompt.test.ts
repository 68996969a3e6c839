import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Library, openLibrary, type TestMember } from "../support/library.ts";

let library: Library;
let ada: TestMember;

beforeAll(async () => {
  library = await openLibrary();
  ada = await library.found("ada");
  await ada.call("create_prompt", {
    name: "support/calm",
    title: "Calm down an angry customer",
    content: "Answer the angry customer calmly and kindly. Their letter: {{letter}}",
  });
  await ada.call("create_prompt", { name: "cooking/soup", content: "Invent a recipe for a vegetable soup." });
  await library.app.indexer.drain();
});
afterAll(() => library.close());

describe("use_prompt", () => {
  it("finds the prompt that fits a task, fills it and says why", async () => {
    const used = await ada.call("use_prompt", {
      task: "an unhappy client is shouting at us",
      arguments: { letter: "Where is my order?" },
    });
    expect(used).toMatchObject({
      found: true,
      name: "support/calm",
      version: 1,
      label: null,
      text: "Answer the angry customer calmly and kindly. Their letter: Where is my order?",
      why: expect.stringMatching(/fits the task best.*latest/),
    });
  });

  it("takes the version at production where there is one, and the one asked for before that", async () => {
    await ada.call("create_prompt", { name: "greeting", content: "Hello" });
    await ada.call("update_prompt", { name: "greeting", content: "Good morning" });
    const use = (more: object) => ada.call("use_prompt", { name: "greeting", ...more });
    expect(await use({})).toMatchObject({ version: 2, text: "Good morning" });
    await ada.call("set_label", { name: "greeting", label: "production", version: 1 });
    expect(await use({})).toMatchObject({
      version: 1,
      label: "production",
      text: "Hello",
      why: expect.stringContaining("at production"),
    });
    expect(await use({ version: 2 })).toMatchObject({ text: "Good morning", label: null });
    await expect(use({ label: "staging" })).rejects.toMatchObject({ code: "not_found" });
  });

  it("uses nothing when nothing fits, and names the nearest", async () => {
    const used = await ada.call("use_prompt", { task: "qwzx vbnm lkjh" });
    expect(used).toMatchObject({ found: false, why: expect.stringContaining("call again with its name") });
    expect(used.text).toBeUndefined();
    expect(used.alternatives.length).toBeGreaterThan(0);
  });

  it("names the arguments that are missing, and the prompt that lacks them", async () => {
    await expect(ada.call("use_prompt", { task: "calm down an angry customer" })).rejects.toMatchObject({
      code: "invalid_input",
      message: expect.stringMatching(/letter.*The prompt that fits best is \S+\.$/),
      details: { missing: ["letter"], prompt: { ref: expect.any(String) } },
    });
  });

  it.each([{}, { task: "a", name: "greeting" }])("refuses %o: it takes a task or a name", async (input) => {
    await expect(ada.call("use_prompt", input)).rejects.toMatchObject({
      code: "invalid_input",
      message: expect.stringMatching(/either task.*or name/),
    });
  });
});
