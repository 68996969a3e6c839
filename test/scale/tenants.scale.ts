import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Library, openLibrary, type TestMember } from "../support/library.ts";

const TENANTS = 50;
const PROMPTS_OF_A_TENANT = 200;

/** So many texts that every tenant stores: whoever could see another's would find the very same words and meanings there. */
const TOPICS = Array.from({ length: PROMPTS_OF_A_TENANT }, (_, n) => {
  const subject = ["soup", "code", "letters", "taxes", "travel", "music", "gardens", "weather"][n % 8];
  return `Prompt number ${n}: how to go about ${subject} in ${1900 + n}`;
});

let library: Library;
const members: TestMember[] = [];

beforeAll(async () => {
  library = await openLibrary();
  for (let tenant = 0; tenant < TENANTS; tenant++) {
    const member = await library.found(`member-${tenant}`);
    members.push(member);
    for (const [n, content] of TOPICS.entries())
      await member.call("create_prompt", { name: `p${n}`, content });
  }
  await library.app.indexer.drain();
}, 600_000);
afterAll(() => library.close());

describe(`search among ${TENANTS * PROMPTS_OF_A_TENANT} prompts of ${TENANTS} tenants that store the same texts`, () => {
  it("gives each tenant its own prompts, all of them, and the same answer to all", async () => {
    const queries = [
      "a warm soup",
      "sing a song",
      "Prompt number 77",
      "how to go about taxes in 1903",
      "nonexistent zebra",
    ];
    for (const query of queries) {
      const answers = new Set<string>();
      for (const member of members) {
        const own = new Map(
          (await member.call("list_prompts", { limit: 500 })).items.map(
            (item: { id: string; name: string }) => [item.id, item.name],
          ),
        );
        const found = await member.call("search_prompts", { query, limit: 100 });
        expect(found.pending).toBe(0);
        const hits = [...found.items, ...found.closest];
        for (const hit of hits) expect(own.get(hit.id)).toBe(hit.name);
        answers.add(JSON.stringify(hits.map((hit) => [hit.similarity, hit.score]).sort()));
      }
      expect(answers.size).toBe(1);
    }
  }, 600_000);

  it("finds every prompt of a tenant by its own text, first", async () => {
    const member = members[7]!;
    for (const [n, content] of TOPICS.entries()) {
      const { items } = await member.call("search_prompts", { query: content, limit: 1 });
      expect(items[0].name).toBe(`p${n}`);
    }
  }, 600_000);

  it("gives as many as are asked for, with a filter as without", async () => {
    const member = members[11]!;
    for (let n = 0; n < 12; n++) {
      await member.call("create_prompt", {
        name: `folder/q${n}`,
        content: `Soup of the day ${n}`,
        tags: ["soup"],
      });
    }
    await library.app.indexer.drain();
    for (const filter of [{}, { folder: "folder" }, { tag: "soup" }]) {
      expect(
        (await member.call("search_prompts", { query: "soup", limit: 10, ...filter })).items,
      ).toHaveLength(10);
    }
  });
});
