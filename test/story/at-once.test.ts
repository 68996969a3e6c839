import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { TestMember } from "../support/library.ts";
import { type Rest, restClient, type ServedLibrary, serveLibrary } from "../support/rest.ts";

const AT_ONCE = 50;

let library: ServedLibrary;
let author: Rest;
let reviewer: Rest;
let admin: Rest;
beforeAll(async () => {
  library = await serveLibrary({ environment: { PROMPTFORGE_LIMIT_WRITES: "100000" } });
  const founder = await library.found("ada");
  const enter = async (member: TestMember) => restClient(library.url, await member.key());
  admin = await enter(founder);
  author = await enter(await library.join(founder, "grace", "developer"));
  reviewer = await enter(await library.join(founder, "ken", "reviewer"));
  await author("POST", "/v1/prompts", { json: { name: "busy", content: "0" } });
});
afterAll(() => library.close());

describe("one prompt, at which fifty people work at once", () => {
  it("loses no version, no move of a label and no review, and answers each of them", {
    timeout: 120_000,
  }, async () => {
    const numbers = Array.from({ length: AT_ONCE }, (_, at) => at + 1);
    await all(200, numbers, (n) => author("PUT", "/v1/prompts/busy", { json: { content: `${n}` } }));
    await all(200, numbers, (n) => author("PUT", `/v1/prompts/busy/versions/${n}/review`, { json: {} }));
    const [moves, reviews] = await Promise.all([
      all(200, numbers, (n) => admin("PUT", "/v1/prompts/busy/labels/staging", { json: { version: n } })),
      all(200, numbers, (n) =>
        reviewer("POST", `/v1/prompts/busy/versions/${n}/review`, {
          json: { decision: "approve", comment: `${n}` },
        }),
      ),
      all(200, numbers, (n) => author("PUT", "/v1/prompts/busy", { json: { content: `more ${n}` } })),
    ]);
    expect([moves.length, reviews.length]).toEqual([AT_ONCE, AT_ONCE]);

    const newest = (await admin("GET", "/v1/prompts/busy/versions?limit=100")).body;
    const oldest = (await admin("GET", `/v1/prompts/busy/versions?cursor=${newest.next_cursor}`)).body;
    const versions = [...newest.items, ...oldest.items];
    const gapless = Array.from({ length: 2 * AT_ONCE + 1 }, (_, at) => 2 * AT_ONCE + 1 - at);
    expect(versions.map(({ number }: { number: number }) => number)).toEqual(gapless);
    const history = (await admin("GET", "/v1/prompts/busy/labels/staging/history?limit=100")).body.items;
    expect(history).toHaveLength(AT_ONCE);
    expect(history[0].to_version).toBe((await admin("GET", "/v1/prompts/busy")).body.labels.staging);
    const { items: queue } = (await admin("GET", "/v1/reviews?name=busy&limit=100")).body;
    expect(
      queue.map(({ version }: { version: number }) => version).toSorted((a: number, b: number) => a - b),
    ).toEqual(numbers);
    for (const { version, status, decisions } of queue) {
      expect([status, decisions]).toMatchObject(["approved", [{ comment: String(version) }]]);
    }
    expect((await admin("GET", "/v1/audit/verify")).body).toMatchObject({ intact: true });
  });
});

async function all<Item>(status: number, items: readonly Item[], call: (item: Item) => ReturnType<Rest>) {
  const replies = await Promise.all(items.map(call));
  for (const reply of replies) expect([reply.status, reply.text]).toEqual([status, expect.anything()]);
  return replies;
}
