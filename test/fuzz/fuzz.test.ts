import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ServedLibrary, serveLibrary } from "../support/rest.ts";
import { CALLERS, newCast } from "./callers.ts";
import { usedHeap } from "./heap.ts";
import { ENDPOINTS, type FuzzRequest, fuzzRequests, TOOLS } from "./requests.ts";

/** `npm run test:fuzz` sends 10,000. */
const REQUESTS = Number(process.env["PROMPTFORGE_TEST_FUZZ_REQUESTS"] ?? 200);
const BATCH = Math.min(REQUESTS, 500);
/** Fewer batches tell what caches take, and nothing else. */
const TELLS_OF_MEMORY = REQUESTS >= 12 * BATCH;
/** Refused calls show nothing but the refusal. */
const UNLIMITED = Object.fromEntries(
  ["READS", "WRITES", "SEARCH", "IMPORT", "SIGN_IN"].map((kind) => [`PROMPTFORGE_LIMIT_${kind}`, "0"]),
);
const MB = 1024 * 1024;

let library: ServedLibrary;
beforeAll(async () => {
  library = await serveLibrary({ environment: UNLIMITED });
});
afterAll(() => library.close());

describe("whatever is sent, to every route and every tool, as every role", () => {
  const title = `is answered without a server error, ${REQUESTS} times${TELLS_OF_MEMORY ? ", and takes no memory for good" : ""}`;
  it(title, { timeout: 60_000 + 200 * REQUESTS }, async () => {
    const seed = Number(process.env["PROMPTFORGE_TEST_FUZZ_SEED"] ?? Date.now() % 2 ** 31);
    const told = new Map<number, number>();
    const heaps: number[] = [];
    for (let sent = 0; sent < REQUESTS; sent += BATCH) {
      const { credentials, known } = await newCast(library);
      const cases = fc.record({ caller: fc.constantFrom(...CALLERS), request: fuzzRequests(known) });
      await fc.assert(
        fc.asyncProperty(cases, async ({ caller, request }) => {
          const { status, fault } = await send(library.url, request, credentials.get(caller));
          told.set(status, (told.get(status) ?? 0) + 1);
          expect(fault, `${request.what} as ${caller}`).toBeUndefined();
        }),
        { numRuns: BATCH, seed: seed + sent },
      );
      heaps.push(usedHeap());
    }

    const statuses = [...told].toSorted(([a], [b]) => a - b).map(([status, times]) => `${status}: ${times}`);
    console.info(
      `${REQUESTS} requests to ${ENDPOINTS.length} routes and ${TOOLS.length} tools, seed ${seed}; answers ` +
        `${statuses.join(", ")}; heap after each ${BATCH}: ${heaps.map((bytes) => Math.round(bytes / MB)).join(", ")} MB`,
    );
    if (TELLS_OF_MEMORY) {
      // What caches hold comes with the first batches; from then on it stays. A glance may see what is under way: the least counts.
      const settled = heaps.slice(Math.floor(heaps.length / 4));
      const half = Math.floor(settled.length / 2);
      const [earlier, later] = [settled.slice(0, half), settled.slice(half)].map((some) => Math.min(...some));
      expect(later! / earlier!).toBeLessThan(1.25);
    }
    expect(await library.stranger("GET", "/readyz")).toMatchObject({ status: 200 });
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

/** Sends it; tells the status, and what is wrong with the answer. */
async function send(url: string, request: FuzzRequest, credential: string | undefined) {
  const { method, path, headers, body } = request;
  const authorization = credential === undefined ? {} : { Authorization: `Bearer ${credential}` };
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...headers, ...authorization },
    body,
    redirect: "manual",
  });
  const text = await response.text();
  return {
    status: response.status,
    fault: response.status >= 500 ? `${response.status}: ${text}` : faultIn(path, text),
  };
}

/** MCP's own way to say that something of ours went wrong. */
function faultIn(path: string, text: string): string | undefined {
  return path === "/mcp" && /"code":\s*-32603|"text":\s*"(?:internal|unavailable): /.test(text)
    ? text
    : undefined;
}
