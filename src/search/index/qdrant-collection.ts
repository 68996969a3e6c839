import { z } from "zod";
import { explainFailure, statusOf, unavailable } from "./qdrant-errors.ts";
import {
  collectionSchema,
  differencesOf,
  type FoundCollection,
  factsOf,
  newCollection,
  type QdrantLayout,
} from "./qdrant-layout.ts";
import type { QdrantNode, QdrantNodes } from "./qdrant-nodes.ts";
import { makeShards, ownKeys, type Route, routesOver } from "./qdrant-tiers.ts";

/** The oldest server whose upserts can leave newer points alone, and which can move a tenant to a shard of its own. */
const OLDEST_MINOR = 16;

const versionSchema = z.object({ version: z.string().regex(/^\d+\.\d+/) });

/** Fields that requests filter by. `is_tenant` keeps each tenant's points together on disk. */
export const PAYLOAD_INDEXES = {
  tenant_id: { type: "keyword", is_tenant: true },
  prompt_id: { type: "keyword" },
} as const;

/** What a request is made of: a node, the collection's name, and where in it a tenant's points lie. */
export interface QdrantTarget extends QdrantNode {
  readonly name: string;
  readonly routeOf: (tenantId: string) => Route;
}

/** The one collection of all tenants. */
export interface QdrantCollection {
  /** Asks the server, and makes the collection where it is missing. Throws `unavailable`, with what to do, when it cannot be used. */
  ensure(): Promise<void>;
  /** Makes a request that may be made twice. A collection that has gone is made again first. */
  request<T>(make: (to: QdrantTarget) => Promise<T>): Promise<T>;
  /** How it is laid out, and in what that is not as the settings say. */
  layout(): Promise<{
    readonly facts: string;
    readonly differences: string[];
    readonly replicas: number;
    readonly shared: number | undefined;
  }>;
  /** Drops it with all it holds, and makes it anew. */
  recreate(): Promise<void>;
}

export function qdrantCollection(deps: {
  readonly nodes: QdrantNodes;
  readonly name: string;
  readonly dimensions: number;
  /** Of a collection that is made. */
  readonly layout: QdrantLayout;
  /** Id of the library whose collection it is: another's is left alone. */
  readonly libraryId: () => Promise<string>;
  /** The collection is not there. Called before it is made: should the process die in between, it is called again. */
  readonly onMissing?: (() => Promise<void>) | undefined;
}): QdrantCollection {
  const { nodes, name, dimensions, layout, libraryId, onMissing } = deps;
  /** How many shards tenants share, where it is tiered. */
  let prepared: Promise<number | undefined> | undefined;

  const send = <T>(request: (client: QdrantNode["client"]) => Promise<T>) =>
    nodes.use(({ client }) => request(client));

  async function prepare(): Promise<number | undefined> {
    checkVersion(await send((to) => to.versionInfo()));
    const { exists } = await send((to) => to.collectionExists(name));
    if (!exists) {
      await onMissing?.();
      await create();
    }
    const found = await look();
    await requireOwn(found);
    const { payload_schema: indexed, config } = checkCollection(found);
    const shared = config.metadata?.shared;
    if (shared !== undefined) await nodes.use((node) => makeShards(node, name, shared));
    await indexPayload(indexed);
    return shared;
  }

  async function look(): Promise<FoundCollection | undefined> {
    return collectionSchema.safeParse(await send((to) => to.getCollection(name))).data;
  }

  /** What one library drops or indexes anew, another would lose. One that nobody has signed yet becomes this library's. */
  async function requireOwn(found: FoundCollection | undefined): Promise<void> {
    const owner = found?.config.metadata?.library;
    const library = await libraryId();
    if (owner === library) return;
    if (owner === undefined)
      return void (await send((to) =>
        to.updateCollection(name, { metadata: { ...found?.config.metadata, library } }),
      ));
    throw unavailable(
      `The Qdrant collection "${name}" is another library's. Name one of its own for this library in PROMPTFORGE_QDRANT_COLLECTION, or leave that out; if the other library is no more, delete the collection.`,
    );
  }

  async function create(): Promise<void> {
    const wanted = newCollection(layout, dimensions, await libraryId());
    // Past the client's own method, which leaves the metadata out.
    await send((to) => to.api().createCollection({ collection_name: name, ...wanted })).catch(
      (thrown: unknown) => {
        // Another process was faster.
        if (statusOf(thrown) !== 409) throw thrown;
      },
    );
  }

  function checkCollection(found: FoundCollection | undefined): FoundCollection {
    const { size, distance } = found?.config.params.vectors ?? {};
    if (found !== undefined && size === dimensions && distance === "Cosine") return found;
    const held = size === undefined ? "no plain vectors" : `vectors of ${size} components (${distance})`;
    throw unavailable(
      `The Qdrant collection "${name}" holds ${held}; this embedding model needs ${dimensions} (Cosine). Name another one in PROMPTFORGE_QDRANT_COLLECTION, or delete that one.`,
    );
  }

  async function indexPayload(indexed: Record<string, unknown>): Promise<void> {
    for (const [field_name, field_schema] of Object.entries(PAYLOAD_INDEXES)) {
      if (field_name in indexed) continue;
      await send((to) => to.createPayloadIndex(name, { field_name, field_schema, wait: true }));
    }
  }

  function isReady(): Promise<number | undefined> {
    prepared ??= prepare().catch((thrown: unknown) => {
      prepared = undefined;
      throw explainFailure(thrown);
    });
    return prepared;
  }

  const targeted =
    <T>(make: (to: QdrantTarget) => Promise<T>, shared: number | undefined) =>
    (node: QdrantNode) =>
      make({ ...node, name, routeOf: routesOver(shared) });

  return {
    async ensure() {
      prepared = undefined;
      await isReady();
    },
    async request(make) {
      const shared = await isReady();
      const before = prepared;
      try {
        return await nodes.use(targeted(make, shared));
      } catch (thrown) {
        // The collection has gone (a server that came back empty), or is another one by now.
        if (![400, 404].includes(statusOf(thrown) ?? 0)) throw explainFailure(thrown);
      }
      if (prepared === before) prepared = undefined;
      return nodes.use(targeted(make, await isReady())).catch((thrown: unknown) => {
        throw explainFailure(thrown);
      });
    },
    async layout() {
      const shared = await isReady();
      const found = checkCollection(await look());
      const own = shared === undefined ? [] : await nodes.use((node) => ownKeys(node, name));
      return {
        facts: factsOf(found, own.length),
        differences: differencesOf(found, layout),
        replicas: found.config.params.replication_factor ?? 1,
        shared,
      };
    },
    async recreate() {
      try {
        const { exists } = await send((to) => to.collectionExists(name));
        const before = exists ? await look() : undefined;
        if (exists) await requireOwn(before);
        // A tenant that had a shard of its own has one again.
        const isTiered = before?.config.metadata?.shared !== undefined;
        const own = isTiered ? await nodes.use((node) => ownKeys(node, name)) : [];
        await send((to) => to.deleteCollection(name));
        await create();
        const shared = (await look())?.config.metadata?.shared;
        if (shared !== undefined) await nodes.use((node) => makeShards(node, name, shared, own));
      } catch (thrown) {
        throw explainFailure(thrown);
      }
      prepared = undefined;
      await isReady();
    },
  };
}

function checkVersion(answer: unknown): void {
  const { data } = versionSchema.safeParse(answer);
  const [major = 0, minor = 0] = data?.version.split(".").map(Number) ?? [];
  if (major > 1 || (major === 1 && minor >= OLDEST_MINOR)) return;
  const found = data === undefined ? "something else" : data.version;
  throw unavailable(`QDRANT_URL has to lead to Qdrant 1.${OLDEST_MINOR} or newer, and leads to ${found}.`);
}
