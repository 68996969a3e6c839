import type { QdrantClient } from "@qdrant/js-client-rest";
import { z } from "zod";
import { explainFailure, isClosedConnection, statusOf, unavailable } from "./qdrant-errors.ts";

/** The oldest server whose upserts can leave newer points alone. */
const OLDEST_MINOR = 16;

const versionSchema = z.object({ version: z.string().regex(/^\d+\.\d+/) });
const collectionSchema = z.object({
  config: z.object({
    params: z.object({ vectors: z.object({ size: z.number(), distance: z.string() }) }),
    metadata: z.looseObject({ library: z.string().optional() }).nullish(),
  }),
  payload_schema: z.record(z.string(), z.unknown()),
});

/** Fields that requests filter by. `is_tenant` keeps each tenant's points together on disk. */
const PAYLOAD_INDEXES = {
  tenant_id: { type: "keyword", is_tenant: true },
  prompt_id: { type: "keyword" },
} as const;

/** The one collection of all tenants. */
export interface QdrantCollection {
  /** Asks the server, and makes the collection where it is missing. Throws `unavailable`, with what to do, when it cannot be used. */
  ensure(): Promise<void>;
  /** Makes a request that may be made twice. A collection that has gone is made again first. */
  request<T>(make: (client: QdrantClient, collection: string) => Promise<T>): Promise<T>;
  /** Drops it with all it holds, and makes it anew. */
  recreate(): Promise<void>;
}

export function qdrantCollection(deps: {
  readonly client: QdrantClient;
  readonly name: string;
  readonly dimensions: number;
  /** Id of the library whose collection it is: another's is left alone. */
  readonly libraryId: () => Promise<string>;
  /** The collection is not there. Called before it is made: should the process die in between, it is called again. */
  readonly onMissing?: (() => Promise<void>) | undefined;
}): QdrantCollection {
  const { client, name, dimensions, libraryId, onMissing } = deps;
  let prepared: Promise<void> | undefined;

  const send = <T>(request: (client: QdrantClient) => Promise<T>) => twice(() => request(client));

  async function prepare(): Promise<void> {
    checkVersion(await send((to) => to.versionInfo()));
    const { exists } = await send((to) => to.collectionExists(name));
    if (!exists) {
      await onMissing?.();
      await create();
    }
    const found = collectionSchema.safeParse(await send((to) => to.getCollection(name))).data;
    await requireOwn(found);
    await indexPayload(checkCollection(found));
  }

  /** What one library drops or indexes anew, another would lose. One that nobody has signed yet becomes this library's. */
  async function requireOwn(found: z.infer<typeof collectionSchema> | undefined): Promise<void> {
    const owner = found?.config.metadata?.library;
    const library = await libraryId();
    if (owner === library) return;
    if (owner === undefined)
      return void (await send((to) => to.updateCollection(name, { metadata: { library } })));
    throw unavailable(
      `The Qdrant collection "${name}" is another library's. Name one of its own for this library in PROMPTFORGE_QDRANT_COLLECTION, or leave that out; if the other library is no more, delete the collection.`,
    );
  }

  async function create(): Promise<void> {
    // No graph over everything, one for each tenant that is large enough: a search walks through its own tenant only.
    const layout = {
      vectors: { size: dimensions, distance: "Cosine" },
      hnsw_config: { m: 0, payload_m: 16 },
      metadata: { library: await libraryId() },
    } as const;
    await send((to) => to.createCollection(name, layout)).catch((thrown: unknown) => {
      // Another process was faster.
      if (statusOf(thrown) !== 409) throw thrown;
    });
  }

  function checkCollection(found: z.infer<typeof collectionSchema> | undefined): Record<string, unknown> {
    const { size, distance } = found?.config.params.vectors ?? {};
    if (found !== undefined && size === dimensions && distance === "Cosine") return found.payload_schema;
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

  function isReady(): Promise<void> {
    prepared ??= prepare().catch((thrown: unknown) => {
      prepared = undefined;
      throw explainFailure(thrown);
    });
    return prepared;
  }

  return {
    ensure() {
      prepared = undefined;
      return isReady();
    },
    async request(make) {
      await isReady();
      const before = prepared;
      try {
        return await send((to) => make(to, name));
      } catch (thrown) {
        // The collection has gone (a server that came back empty), or is another one by now.
        if (![400, 404].includes(statusOf(thrown) ?? 0)) throw explainFailure(thrown);
      }
      if (prepared === before) prepared = undefined;
      await isReady();
      return send((to) => make(to, name)).catch((thrown: unknown) => {
        throw explainFailure(thrown);
      });
    },
    async recreate() {
      try {
        const { exists } = await send((to) => to.collectionExists(name));
        if (exists)
          await requireOwn(collectionSchema.safeParse(await send((to) => to.getCollection(name))).data);
        await send((to) => to.deleteCollection(name));
        await create();
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

/** A request that met a connection which the server had just closed is made once more. */
async function twice<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request();
  } catch (thrown) {
    if (!isClosedConnection(thrown)) throw thrown;
    return request();
  }
}
