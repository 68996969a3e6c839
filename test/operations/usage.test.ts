import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, type Library, openLibrary, type TestMember } from "../support/library.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

let library: Library;
let time = Date.parse("2026-03-10T23:59:00Z");
let count = 0;

beforeAll(async () => {
  library = await openLibrary({ now: () => new Date(time), environment: { PROMPTFORGE_USAGE_DAYS: "60" } });
});
afterAll(() => library.close());

async function founder(): Promise<TestMember> {
  count += 1;
  const ada = await library.found(`ada-${count}`);
  await ada.call("create_prompt", { name: "p", content: "Hello {{who}}" });
  await ada.call("update_prompt", { name: "p", content: "Hi {{who}}" });
  await ada.call("set_label", { name: "p", label: "staging", version: 1 });
  return ada;
}

const render = (member: TestMember, input: object = {}): Promise<Answer> =>
  member.call("render_prompt", { name: "p", arguments: { who: "you" }, ...input });

describe("get_usage", () => {
  it("counts renderings and readings by version and by the label that was asked for", async () => {
    const ada = await founder();
    await render(ada);
    await render(ada, { label: "latest" });
    for (let n = 0; n < 3; n++) await render(ada, { label: "staging" });
    await ada.call("get_prompt", { name: "p", version: 1 });
    await expect(render(ada, { arguments: {} })).rejects.toMatchObject({ code: "invalid_input" });
    expect(await ada.call("get_usage", { name: "p" })).toEqual({
      since: "2026-02-09",
      prompt: { id: expect.any(String), name: "p" },
      renders: 5,
      reads: 1,
      days: [{ day: "2026-03-10", renders: 5, reads: 1 }],
      versions: [
        { version: 1, renders: 3, reads: 1 },
        { version: 2, renders: 2, reads: 0 },
      ],
      labels: [
        { label: null, renders: 2, reads: 1 },
        { label: "staging", renders: 3, reads: 0 },
      ],
      prompts: [],
    });
  });

  it("does not count lists, searches, histories and comparisons", async () => {
    const ada = await founder();
    for (const [operation, input] of Object.entries({
      list_prompts: { include_content: true },
      search_prompts: { query: "hello" },
      get_versions: { name: "p" },
      compare_versions: { name: "p" },
      get_label_history: { name: "p", label: "staging" },
    }))
      await ada.call(operation, input);
    expect(await ada.call("get_usage")).toMatchObject({ renders: 0, reads: 0, days: [], prompts: [] });
  });

  it("tells of all prompts which are used most, and of none by what it was called then", async () => {
    const ada = await founder();
    await ada.call("create_prompt", { name: "q", content: "x" });
    for (let n = 0; n < 2; n++) await ada.call("get_prompt", { name: "q" });
    await render(ada);
    await ada.call("rename_prompt", { name: "q", new_name: "r" });
    const { prompts, versions } = await ada.call("get_usage", { limit: 1 });
    expect(prompts).toMatchObject([{ name: "r", renders: 0, reads: 2 }]);
    expect(versions).toEqual([]);
  });

  it("counts by days of UTC, for as many days as they are kept", async () => {
    const ada = await founder();
    const noon = Date.parse("2026-04-01T12:00:00Z");
    for (const days of [0, 1, 59]) {
      time = noon + days * DAY_MS;
      await render(ada);
      await library.app.services.usage.flush();
    }
    const of = async (days: number) =>
      (await ada.call("get_usage", { days })).days.map(({ day }: Answer) => day);
    expect(await of(1)).toEqual(["2026-05-30"]);
    expect(await of(59)).toEqual(["2026-05-30", "2026-04-02"]);
    expect(await of(366)).toEqual(["2026-05-30", "2026-04-02", "2026-04-01"]);
    time = noon + 61 * DAY_MS;
    await render(ada);
    await library.app.services.usage.flush();
    expect(await of(366)).toEqual(["2026-06-01", "2026-05-30", "2026-04-02"]);
  });

  it("adds up what several processes count at the same time, and what is counted until one ends", async () => {
    const { dataDir } = library;
    const ada = await founder();
    const other = await openLibrary({ dataDir, now: () => new Date(time) });
    const there = other.as(ada.caller);
    for (let round = 0; round < 3; round++) {
      await Promise.all([render(ada), render(there), render(there)]);
      await Promise.all([library, other].map(({ app }) => app.services.usage.flush()));
    }
    await render(there);
    await other.close();
    expect(await ada.call("get_usage", { name: "p" })).toMatchObject({ renders: 10 });
  });

  it("counts nothing where the server keeps none", async () => {
    const off = await openLibrary({ environment: { PROMPTFORGE_USAGE_DAYS: "0" } });
    try {
      const ada = await off.found("ada");
      await ada.call("create_prompt", { name: "p", content: "x" });
      await ada.call("get_prompt", { name: "p" });
      expect(await ada.call("get_usage", { name: "p" })).toMatchObject({ reads: 0 });
    } finally {
      await off.close();
    }
  });
});
