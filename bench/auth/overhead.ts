import type { App } from "../../src/app.ts";
import { startServer } from "../../src/transports/http/server.ts";
import { ratioOf, type Summary, summaryOf } from "../search/summary.ts";
import { type Client, openClient } from "./client.ts";
import type { AuthOptions } from "./options.ts";
import type { World } from "./world.ts";

export interface Overhead {
  readonly floor: Summary;
  readonly api_key: Summary;
  readonly access_token: Summary;
  readonly ratio: { readonly api_key: Ratio; readonly access_token: Ratio };
}

type Ratio = ReturnType<typeof ratioOf>;

/**
 * get_prompt over REST, one call after the other, in blocks by turns: with an API key, with an access token, and, as the
 * floor, by a server that takes everybody for the same member without looking.
 */
export async function measureOverhead(
  world: World,
  { warmUp, calls, block }: AuthOptions["overhead"],
): Promise<Overhead> {
  const server = await startServer(world.app);
  const open = await startServer(takingAnybody(world));
  const kinds = {
    floor: openClient(open.url, world.apiKey),
    api_key: openClient(server.url, world.apiKey),
    access_token: openClient(server.url, await world.accessToken()),
  };
  const times: Record<keyof typeof kinds, number[]> = { floor: [], api_key: [], access_token: [] };
  try {
    for (const client of Object.values(kinds)) await timesOf(client, warmUp);
    for (let done = 0; done < calls; done += block) {
      for (const kind of ["floor", "api_key", "access_token"] as const) {
        times[kind].push(...(await timesOf(kinds[kind], block)));
      }
    }
  } finally {
    for (const client of Object.values(kinds)) client.close();
    await Promise.all([server.close(), open.close()]);
  }
  const floor = summaryOf(times.floor);
  const apiKey = summaryOf(times.api_key);
  const accessToken = summaryOf(times.access_token);
  return {
    floor,
    api_key: apiKey,
    access_token: accessToken,
    ratio: { api_key: ratioOf(apiKey, floor), access_token: ratioOf(accessToken, floor) },
  };
}

function takingAnybody({ app, caller }: World): App {
  const authentication = { ...app.services.authentication, authenticate: async () => caller };
  return { ...app, services: { ...app.services, authentication } };
}

async function timesOf(client: Client, calls: number): Promise<number[]> {
  const times: number[] = [];
  for (let call = 0; call < calls; call++) {
    const started = performance.now();
    await client.read();
    times.push(performance.now() - started);
  }
  return times;
}
