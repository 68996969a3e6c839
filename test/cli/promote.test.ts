import { afterAll, beforeAll, expect, it } from "vitest";
import { type QdrantCluster, startQdrantCluster } from "../support/qdrant-cluster.ts";
import { describeWithQdrant } from "../support/with-qdrant.ts";
import { emptyFolder, type Folder } from "./processes.ts";

describeWithQdrant("promptforge tenant promote", () => {
  let cluster: QdrantCluster;
  let folder: Folder;
  let env: Record<string, string>;
  beforeAll(async () => {
    // Shard keys need distributed mode, and one node is enough for it.
    cluster = await startQdrantCluster(1);
    folder = await emptyFolder();
    env = {
      QDRANT_URL: cluster.url,
      QDRANT_API_KEY: cluster.apiKey,
      PROMPTFORGE_QDRANT_COLLECTION: "promoted",
      PROMPTFORGE_QDRANT_TENANCY: "tiered",
      PROMPTFORGE_QDRANT_SHARDS: "2",
    };
    await folder.json(["init", "--username", "ada", "--tenant", "Support team"], { env });
  });
  afterAll(async () => {
    await folder.remove();
    await cluster.close();
  });

  it("gives a tenant a shard of its own, in which its prompts are found as before, and says so", async () => {
    await folder.json(["import", "examples/prompts/support", "--wait"], { env });
    const search = () => folder.json(["search", "calm down an angry customer"], { env });
    const before = await search();
    expect(before).toMatchObject({ pending: 0, degraded: false });

    const { tenant_id } = await folder.json(["whoami"], { env });
    const promoted = await folder.run(["tenant", "promote", "Support team"], { env });
    expect([promoted.code, promoted.stdout]).toEqual([0, ""]);
    expect(promoted.stderr).toMatch(
      /^Support team has left shared-[01] for a shard of its own, on 1 node\.\n$/,
    );
    const { shards } = await cluster.view("promoted");
    expect(shards.map(({ key }) => key).toSorted()).toEqual(["shared-0", "shared-1", tenant_id].toSorted());
    expect((await search()).items).toEqual(before.items);
    expect(await folder.json(["reconcile"], { env })).toMatchObject({ missing: 0, stale: 0, orphaned: 0 });

    // Again, and by its id, it changes nothing.
    expect(await folder.json(["tenant", "promote", tenant_id], { env })).toMatchObject({
      id: tenant_id,
      shard: tenant_id,
      replicas: 1,
    });
    const { checks } = await folder.json(["doctor"], { env: { ...env, PROMPTFORGE_PORT: "0" } });
    expect(checks.find(({ name }: { name: string }) => name === "index layout")).toMatchObject({
      status: "ok",
      message: expect.stringContaining("1 of one tenant each"),
    });
  });

  it("answers a tenant that is not there, and an index without shards", async () => {
    const unknown = await folder.run(["tenant", "promote", "Nobody"], { env });
    expect(unknown.code).toBe(5);
    const spread = await folder.run(["tenant", "promote", "Support team"]);
    expect([spread.code, spread.stderr]).toEqual([
      6,
      expect.stringContaining("PROMPTFORGE_QDRANT_TENANCY=tiered"),
    ]);
  });
});
