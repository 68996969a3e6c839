import { describe, expect, it } from "vitest";
import { collectPages, linkToRest } from "../../src/transports/rest/page-collection.ts";

/** An endless library; cursors are positions. */
function endless(contentLength: number) {
  const content = "x".repeat(contentLength);
  return async ({ limit, cursor = "0" }: Record<string, unknown>) => ({
    items: Array.from({ length: Number(limit) }, (_, index) => ({ id: Number(cursor) + index, content })),
    next_cursor: String(Number(cursor) + Number(limit)),
  });
}

describe("everything at once", () => {
  it("is as many as were asked for, across pages, and the place to go on from", async () => {
    const { items, next } = await collectPages({ limit: 250 }, endless(1));
    expect(items.map(({ id }) => id)).toEqual(Array.from({ length: 250 }, (_, id) => id));
    expect(next).toBe("250");
  });

  it("ends at 1,000 items, whatever was asked for", async () => {
    expect((await collectPages({}, endless(1))).items).toHaveLength(1000);
    expect((await collectPages({ limit: 1e9 }, endless(1))).items).toHaveLength(1000);
  });

  it("ends at the page that reaches 32 MiB of content, and leads on", async () => {
    const { items, next } = await collectPages({}, endless(256 * 1024));
    expect(items).toHaveLength(200);
    expect(linkToRest("/prompts/list", { tag: "a b" }, next)).toEqual({
      Link: '</prompts/list?tag=a+b&cursor=200>; rel="next"',
    });
  });
});
