import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { createQdrantIndex } from "../../src/search/index/qdrant.ts";
import { found, store } from "../storage/fixtures.ts";
import { openTemp } from "../storage/temp-sqlite.ts";
import { intercepted, type SeenRequest } from "../support/intercepted.ts";
import type { QdrantServer } from "../support/qdrant.ts";
import { chunk, lookFor, unit } from "./search-index-contract.ts";

/** What is asked of Qdrant, as somebody in the middle sees it. */
export function confinementContract(start: () => Promise<QdrantServer>): void {
  it("confines every request about points to the tenant", async () => {
    const seen: SeenRequest[] = [];
    const { url, apiKey } = await start();
    const between = await intercepted(url, (request) => {
      if (request.path.includes("/points")) seen.push(request);
      return undefined;
    });
    const storage = await openTemp();
    const collection = `test-${randomUUID()}`;
    const index = createQdrantIndex({ url: between, apiKey, collection, dimensions: 8, storage });
    const ann = await found(storage);
    const { id } = await store(storage, ann, { tags: ["t"] });
    await index.upsert(ann.tenantId, [chunk(id, 0, unit(0)), chunk(id, 1, unit(1))]);
    await index.nearest(ann.tenantId, unit(0), { filter: {}, limit: 10 });
    // More chunks of one prompt than are asked for at first, and than points can tell by their ids.
    await store(storage, ann);
    await index.upsert(
      ann.tenantId,
      Array.from({ length: 70 }, (_, at) => chunk(id, at, unit(0))),
    );
    await index.nearest(ann.tenantId, unit(0), { filter: {}, limit: 1 });
    await index.nearest(ann.tenantId, unit(0), { filter: { tag: "t" }, limit: 1 });
    await index.look(ann.tenantId, unit(0), lookFor({ nearest: 1, also: [id], openings: [id] }));
    await index.look(ann.tenantId, unit(0), lookFor({ filter: { tag: "t" }, nearest: 1 }));
    await index.look(ann.tenantId, unit(0), lookFor({ also: [id] }));
    await index.count(ann.tenantId);
    await index.inventory(ann.tenantId);
    await index.prune(ann.tenantId, id, 2);
    await index.prune(ann.tenantId, id);

    const isOwn = { key: "tenant_id", match: { value: ann.tenantId } };
    for (const { body } of seen) {
      for (const each of body.searches ?? [body]) {
        expect((each.filter ?? each.update_filter).must).toContainEqual(isOwn);
      }
      for (const point of body.points ?? []) expect(point.payload.tenant_id).toBe(ann.tenantId);
    }
    const kinds = seen.map(({ method, path }) => `${method} ${path.replace(/^.*\/points|\?.*$/g, "")}`);
    expect(new Set(kinds)).toEqual(
      new Set([
        "PUT ",
        "POST /query/groups",
        "POST /query/batch",
        "POST /query",
        "POST /count",
        "POST /scroll",
        "POST /delete",
      ]),
    );
  });
}
