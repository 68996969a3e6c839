import { randomInt } from "node:crypto";
import type { QdrantClient } from "@qdrant/js-client-rest";
import { openQdrantClient } from "./qdrant-client.ts";
import { isAway, isClosedConnection, isServerFault } from "./qdrant-errors.ts";
import { openQdrantQueries, type QdrantQueries } from "./qdrant-queries.ts";

/** One node of a cluster, or the one server, or what balances between several. */
export interface QdrantNode {
  readonly url: string;
  readonly client: QdrantClient;
  readonly queries: QdrantQueries;
}

/** The nodes that can be asked: any of them answers for all. */
export interface QdrantNodes {
  /** Makes a request, which may be made twice, of a node that answers. Throws what the last one that was tried threw. */
  use<T>(request: (node: QdrantNode) => Promise<T>): Promise<T>;
  /** Those that do not answer now. */
  away(): Promise<string[]>;
}

/** A node that did not answer is asked again, apart from what anybody waits for, at most so often. */
const PROBE_EVERY_MS = 2_000;

/** No further node is begun with after so many times what one request may take. */
const PATIENCE = 2;

interface State {
  readonly node: QdrantNode;
  /** When it was asked whether it is back; `undefined`: it answers. */
  probedAt: number | undefined;
}

export function openQdrantNodes(options: {
  readonly urls: readonly string[];
  readonly apiKey?: string | undefined;
  readonly timeoutMs: number;
}): QdrantNodes {
  const { urls, apiKey, timeoutMs } = options;
  const states: State[] = urls.map((url) => ({
    node: {
      url,
      client: openQdrantClient({ url, apiKey, timeoutMs }),
      queries: openQdrantQueries({ url, apiKey, timeoutMs }),
    },
    probedAt: undefined,
  }));
  // The same one as long as it answers: of what it was told, others may not have heard yet. Another one in each process.
  const home = randomInt(urls.length);

  /** Those that answer, this process's own first; then, since there may be no others, the rest. */
  function inOrder(): State[] {
    const all = [...states.slice(home), ...states.slice(0, home)];
    const here = all.filter(({ probedAt }) => probedAt === undefined);
    const gone = all.filter(({ probedAt }) => probedAt !== undefined);
    if (here.length > 0) for (const state of gone) void probe(state);
    return [...here, ...gone];
  }

  async function probe(state: State): Promise<void> {
    if (performance.now() - (state.probedAt ?? 0) < PROBE_EVERY_MS) return;
    state.probedAt = performance.now();
    if (await isReady(state.node)) state.probedAt = undefined;
  }

  return {
    async use(request) {
      const deadline = performance.now() + PATIENCE * timeoutMs;
      let failure: unknown;
      for (const [at, state] of inOrder().entries()) {
        if (at > 0 && performance.now() > deadline) break;
        try {
          const answer = await twice(() => request(state.node));
          state.probedAt = undefined;
          return answer;
        } catch (thrown) {
          if (!isServerFault(thrown)) throw thrown;
          // One that is there, and lacks only what it needs of others, is not left out.
          if (isAway(thrown)) state.probedAt = performance.now();
          failure = thrown;
        }
      }
      throw failure;
    },

    async away() {
      const here = await Promise.all(states.map(({ node }) => isReady(node)));
      return urls.filter((_, place) => here[place] !== true);
    },
  };
}

/** It answers, and knows what the others know: one that has just come back does not, yet. */
function isReady({ client }: QdrantNode): Promise<boolean> {
  return client
    .api()
    .readyz({})
    .then(
      () => true,
      (thrown: unknown) => !isServerFault(thrown),
    );
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
