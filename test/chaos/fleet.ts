import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type PostgresLibrary, type PostgresServer, startPostgres } from "../support/postgres.ts";
import { type RunningProgram, serveProgram } from "../support/programs.ts";
import { type QdrantCluster, startQdrantCluster } from "../support/qdrant-cluster.ts";

const COLLECTION = "chaos";
const RESTARTS = 20;

/** A server process that is killed and started again. */
export interface Replica {
  readonly number: number;
  /** Of the process of now: a new one listens elsewhere. */
  readonly url: () => string;
  kill(): Promise<void>;
  /** Starts it again, with an empty data folder. */
  restart(): Promise<void>;
}

/** What a company runs: replicas on one database and a cluster of index servers. */
export interface Fleet {
  readonly postgres: PostgresServer;
  readonly qdrant: QdrantCluster;
  readonly library: PostgresLibrary;
  readonly replicas: readonly Replica[];
  /** For whoever else opens the library. */
  readonly environment: Readonly<Record<string, string>>;
  /** A folder that nothing is in yet. */
  folder(): Promise<string>;
  /** Starts the killed database again, once what it left has gone. */
  restartPostgres(): Promise<void>;
  /** Whether all replicas can do their work. */
  ready(): Promise<boolean>;
  /** Whether each shard is where it belongs, and nothing is on its way. */
  indexIsWhole(): Promise<boolean>;
  close(): Promise<void>;
}

export async function startFleet(say: (what: string) => void, size = 3): Promise<Fleet> {
  const root = await mkdtemp(join(tmpdir(), "chaos-"));
  const [postgres, qdrant] = await Promise.all([startPostgres(), startQdrantCluster()]);
  const library = await postgres.createDatabase();
  const environment = {
    DATABASE_URL: library.url,
    DATABASE_OWNER_URL: library.ownerUrl,
    PROMPTFORGE_KEYS_SECRET: "a secret of the tests, which is long enough",
    QDRANT_URL: qdrant.url,
    QDRANT_API_KEY: qdrant.apiKey,
    PROMPTFORGE_QDRANT_COLLECTION: COLLECTION,
    PROMPTFORGE_QDRANT_SHARDS: "3",
    PROMPTFORGE_QDRANT_REPLICAS: "2",
    // What a killed one had taken is soon taken again.
    PROMPTFORGE_INDEX_LEASE_SECONDS: "10",
    PROMPTFORGE_LIMIT_READS: "0",
    PROMPTFORGE_LIMIT_WRITES: "0",
    PROMPTFORGE_LIMIT_SEARCH: "0",
  };
  let folders = 0;
  async function folder(): Promise<string> {
    folders += 1;
    const made = join(root, String(folders));
    await mkdir(made);
    return made;
  }

  async function startReplica(number: number): Promise<Replica> {
    async function start(): Promise<RunningProgram> {
      const started = await serveProgram(await folder(), environment);
      started.child.once("exit", (code) => {
        if (code !== null)
          say(`replica ${number} ended by itself (${code}): ${started.stderr().slice(-2_000)}`);
      });
      return started;
    }
    let program: RunningProgram = await start();
    return {
      number,
      url: () => program.url,
      kill: () => program.kill(),
      async restart() {
        program = await start();
      },
    };
  }

  // At once: one of them migrates.
  const replicas = await Promise.all(Array.from({ length: size }, (_, at) => startReplica(at + 1)));

  return {
    postgres,
    qdrant,
    library,
    replicas,
    environment,
    folder,
    async restartPostgres() {
      for (let left = RESTARTS; ; left--) {
        try {
          return await postgres.restart();
        } catch (error) {
          if (left === 1) throw error;
        }
      }
    },
    async ready() {
      const answers = await Promise.allSettled(replicas.map(({ url }) => fetch(`${url()}/health/ready`)));
      return answers.every((answer) => answer.status === "fulfilled" && answer.value.ok);
    },
    async indexIsWhole() {
      const { shards, transfers } = await qdrant.view(COLLECTION);
      return transfers === 0 && shards.every(({ state }) => state === "Active");
    },
    async close() {
      await Promise.allSettled(replicas.map(({ kill }) => kill()));
      await Promise.allSettled([postgres.close(), qdrant.close()]);
      await rm(root, { recursive: true, force: true });
    },
  };
}
