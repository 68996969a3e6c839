import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, type Library, openLibrary, type TestMember } from "../support/library.ts";

let library: Library;
let ada: TestMember;
let bob: TestMember;
let now = new Date("2026-01-01T00:00:00Z");

const PROMPTS = [
  ["support/refund", "Refund reply", "Write a kind reply to a customer who wants their money back."],
  ["support/angry", "Calm an angry customer", "Answer a furious customer politely and offer a way out."],
  ["code/postgres", "PostgreSQL tuner", "Tell why a statement is slow in PostgreSQL, and which index helps."],
  ["code/kubernetes", "Kubernetes helper", "Explain why a pod of the cluster does not start."],
  ["code/review", "Code review", "Review this pull request for bugs and security holes."],
  ["fun/haiku", "Haiku poet", "Write a haiku about the season that is named."],
  ["fun/story", "Bedtime story", "Tell a short bedtime story for a small child about a brave animal."],
  ["home/meals", "Dinner planner", "Plan a week of vegetarian dinners for a family."],
] as const;

beforeAll(async () => {
  library = await openLibrary({ now: () => now });
  ada = await library.found("ada");
  bob = await library.join(ada, "bob", "developer");
  for (const [name, title, content] of PROMPTS) {
    const author = name.startsWith("fun/") ? bob : ada;
    await author.call("create_prompt", { name, title, content, tags: [name.split("/")[0]] });
  }
  now = new Date("2026-02-01T00:00:00Z");
  await ada.call("update_prompt", {
    name: "fun/haiku",
    change_note: "again",
    description: "Five, seven, five",
  });
  await library.app.indexer.drain();
});
afterAll(() => library.close());

const search = (input: object): Promise<Answer> => ada.call("search_prompts", input);
const names = (answer: Answer): string[] => answer.items.map((item: Answer) => item.name);

describe("search_prompts", () => {
  it("finds by meaning what shares no word with the query, and says so", async () => {
    const { items, nothing_relevant, confidence } = await search({ query: "what to cook without meat" });
    expect(items[0]).toMatchObject({ name: "home/meals", why: "meaning" });
    expect(items[0].similarity).toBeGreaterThan(0.25);
    expect({ nothing_relevant, enough: confidence > 0.5 }).toEqual({ nothing_relevant: false, enough: true });
  });

  it("says which words were found, and shows the passage", async () => {
    const [first] = (await search({ query: "haiku season" })).items;
    expect(first).toMatchObject({ name: "fun/haiku", why: "both", matched_words: ["haiku", "season"] });
    expect(first.passage).toContain("haiku");
  });

  it("shows the passage that is meant, also deep in a long prompt and with none of the words", async () => {
    const filler =
      "The minutes of the meeting are kept in the register of the society, year by year. ".repeat(60);
    const meant = "Suggest what a gardener should plant in spring so that tomatoes grow well. ".repeat(30);
    const eve = await library.found("eve");
    const find = (query: string): Promise<Answer> => eve.call("search_prompts", { query });
    await eve.call("create_prompt", { name: "code/review", title: "Review", content: "Review this code." });
    const { id } = await eve.call("create_prompt", {
      name: "long/minutes",
      title: "Minutes",
      content: `${filler}\n\n${meant}\n\n${filler}`,
    });
    await library.app.indexer.drain();
    const { items, closest } = await find("growing vegetables");
    const [first] = [...items, ...closest];
    expect(first).toMatchObject({ id, matched_words: [] });
    expect(first.passage).toContain("tomatoes");
    await eve.call("archive_prompt", { name: "long/minutes" });
    const after = await find("growing vegetables");
    expect([...after.items, ...after.closest].map(({ name }: Answer) => name)).toEqual(["code/review"]);
  });

  it.each([
    ["a slip", "postgresql statemnet", "code/postgres"],
    ["letters left out", "postgrsql tunr", "code/postgres"],
    ["a long word cut to its length", "k8s", "code/kubernetes"],
  ])("finds the prompt in spite of %s", async (_what, query, name) => {
    const answer = await search({ query });
    expect(names(answer)[0]).toBe(name);
    expect(answer.corrections.length).toBeGreaterThan(0);
    expect(answer.items[0].matched_words).toContain(answer.corrections[0].to);
  });

  it("corrects by the tenant's own words only", async () => {
    const stranger = await library.found("stranger");
    await stranger.call("create_prompt", { content: "About the xylophonist" });
    expect((await search({ query: "xylophonst" })).corrections).toEqual([]);
    expect((await stranger.call("search_prompts", { query: "xylophonst" })).corrections).toEqual([
      { from: "xylophonst", to: "xylophonist" },
    ]);
  });

  it("takes no real word for a slip", async () => {
    const { corrections } = await search({ query: "metal planet" });
    expect(corrections).toEqual([]);
  });

  it("answers that nothing fits, with the nearest prompts", async () => {
    const answer = await search({ query: "zoning permits for offshore wind turbines" });
    expect(answer).toMatchObject({ items: [], nothing_relevant: true });
    expect(answer.confidence).toBeLessThan(0.2);
    expect(answer.closest).toHaveLength(3);
    expect(answer.closest[0]).toHaveProperty("passage");
  });

  it("gives as many as asked for, if there are so many, best first", async () => {
    const { items } = await search({ query: "write a reply to a customer", limit: 8 });
    expect(items).toHaveLength(8);
    const scores = items.map((item: Answer) => item.score);
    expect(scores).toEqual(scores.toSorted((a: number, b: number) => b - a));
    expect(names(await search({ query: "write a reply to a customer", limit: 3 }))).toEqual(
      names({ items }).slice(0, 3),
    );
  });

  it.each([
    ["a tag", { tag: "support" }, ["support/angry", "support/refund"]],
    ["a folder", { folder: "fun" }, ["fun/haiku", "fun/story"]],
    ["an author", { author: "bob" }, ["fun/haiku", "fun/story"]],
    ["a time of change from", { since: "2026-01-15" }, ["fun/haiku"]],
    ["a time of change before", { until: "2026-02-01T00:00:00Z", author: "bob" }, ["fun/story"]],
    [
      "all of them together",
      { folder: "fun", tag: "fun", author: "bob", since: "2026-02-01" },
      ["fun/haiku"],
    ],
    ["nothing that is there", { tag: "absent" }, []],
  ])("filters by %s before it ranks: no result is lost", async (_what, filter, expected) => {
    const answer = await search({ query: "write a haiku reply to a customer, or a story", ...filter });
    expect(names(answer).sort()).toEqual(expected);
  });

  it("answers that nothing fits whatever the filter, where nothing in the whole library does", async () => {
    const query = "zoning permits for offshore wind turbines";
    expect(await search({ query, folder: "fun" })).toMatchObject({ items: [], nothing_relevant: true });
  });

  it.each(["yesterday", "2026-13-01", "2026-02-01T25:00:00Z", "2026"])(
    "refuses %s for a time",
    async (since) => {
      await expect(search({ query: "haiku", since })).rejects.toMatchObject({ code: "invalid_input" });
    },
  );

  it("finds a new prompt by its words at once, and says that meaning is to follow", async () => {
    const { name } = await ada.call("create_prompt", {
      title: "Falconry",
      content: "Explain how to hood a peregrine.",
    });
    const answer = await search({ query: "hood a peregrine gently" });
    expect(answer).toMatchObject({ pending: 1, nothing_relevant: false });
    expect(answer.items[0]).toMatchObject({ name, why: "words", similarity: null });
    await library.app.indexer.drain();
    expect((await search({ query: "hood a peregrine gently" })).items[0]).toMatchObject({
      name,
      why: "both",
    });
  });

  it("answers by words while meaning cannot be used, and says so", async () => {
    const degraded = await openLibrary({ dataDir: library.dataDir });
    await degraded.app.embedder.close();
    try {
      const operation = { query: "calm an angry custmer" };
      const answer = await degraded.app.services.search.search(ada.caller, { ...operation, limit: 5 });
      expect(answer).toMatchObject({ degraded: true, nothing_relevant: false });
      expect(answer.items[0]).toMatchObject({ name: "support/angry", why: "words", similarity: null });
      const none = await degraded.app.services.search.search(ada.caller, { query: "zzzz", limit: 5 });
      expect(none).toMatchObject({ items: [], nothing_relevant: true, confidence: 0 });
    } finally {
      await degraded.close();
    }
  });

  it("takes any text for a query", async () => {
    for (const query of ['"', "a OR b", "ключ", "漢字", "😀", "x".repeat(2000), "tenant: *", "\u0301"]) {
      expect(Array.isArray((await search({ query })).items)).toBe(true);
    }
  });
});
