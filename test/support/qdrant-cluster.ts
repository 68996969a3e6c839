import type { ChildProcess } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import type { Answer } from "./library.ts";
import { checkBinary, startProcess } from "./qdrant.ts";
import { endProcess } from "./server-process.ts";

const STARTS = 5;

export interface QdrantNode {
  readonly url: string;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again at the same address, with what it held. */
  restart(): Promise<void>;
}

/** A collection's shards as a node sees them. */
export interface ClusterView {
  readonly shards: readonly { readonly key: string | undefined; readonly state: string }[];
  readonly transfers: number;
}

export interface QdrantCluster {
  readonly nodes: readonly QdrantNode[];
  /** As QDRANT_URL names them all. */
  readonly url: string;
  readonly apiKey: string;
  /** Of the first node that answers. */
  view(collection: string): Promise<ClusterView>;
  /** Ends all nodes and removes their folders. */
  close(): Promise<void>;
}

/** Starts a cluster of its own: so many nodes on free loopback ports, in a folder of its own. */
export async function startQdrantCluster(size = 3): Promise<QdrantCluster> {
  await checkBinary();
  const folder = await mkdtemp(join(tmpdir(), "qdrant-cluster-"));
  const apiKey = "key-of-the-tests";
  const nodes: (QdrantNode & { readonly peerUrl: string })[] = [];
  for (let number = 1; number <= size; number++) {
    const home = join(folder, String(number));
    await mkdir(home);
    nodes.push(await startNode(home, apiKey, nodes[0]?.peerUrl));
  }
  return {
    nodes,
    url: nodes.map(({ url }) => url).join(","),
    apiKey,
    async view(collection) {
      const path = `/collections/${collection}/cluster`;
      const { result }: Answer = await Promise.any(
        nodes.map(async ({ url }) =>
          (await fetch(`${url}${path}`, { headers: { "api-key": apiKey } })).json(),
        ),
      );
      const all: { shard_key?: string; state: string }[] = [...result.local_shards, ...result.remote_shards];
      return {
        shards: all.map(({ shard_key: key, state }) => ({ key, state })),
        transfers: result.shard_transfers.length,
      };
    },
    async close() {
      await Promise.all(nodes.map(({ kill }) => kill()));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** `first`: where the cluster's first node hears its peers; the first node itself has none. */
async function startNode(folder: string, apiKey: string, first: string | undefined) {
  for (let left = STARTS; ; left--) {
    const [port, grpcPort, peerPort] = [await freePort(), await freePort(), await freePort()];
    const peerUrl = `http://127.0.0.1:${peerPort}`;
    const environment = { QDRANT__CLUSTER__ENABLED: "true", QDRANT__CLUSTER__P2P__PORT: String(peerPort) };
    const start = (args: readonly string[]) =>
      startProcess({ folder, apiKey, port, grpcPort, args, environment });
    const joins = first === undefined ? [] : ["--bootstrap", first];
    try {
      let child: ChildProcess = await start(["--uri", peerUrl, ...joins]);
      return {
        url: `http://127.0.0.1:${port}`,
        peerUrl,
        kill: () => endProcess(child),
        async restart() {
          await endProcess(child);
          // It knows its peers by now, and the first of them may be the one that is away.
          child = await start(["--uri", peerUrl]);
        },
      };
    } catch (error) {
      // Somebody else took one of the ports.
      if (left === 1) throw error;
    }
  }
}
