import { setTimeout as sleep } from "node:timers/promises";
import { decodeProtectedHeader } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Folder, foundedFolder } from "../cli/processes.ts";
import { PASSWORD } from "../support/library.ts";
import { type RunningProgram, serveProgram } from "../support/programs.ts";
import { restClient } from "../support/rest.ts";

/** Between two requests: 200 a second, as far as the machine keeps up. */
const PACE_MS = 5;
const ROTATIONS = 3;
const UNLIMITED = { PROMPTFORGE_LIMIT_READS: "0", PROMPTFORGE_LIMIT_SIGN_IN: "0" };

let folder: Folder;
let servers: RunningProgram[];

beforeAll(async () => {
  folder = await foundedFolder();
  servers = await Promise.all([
    serveProgram(folder.dataDir, UNLIMITED),
    serveProgram(folder.dataDir, UNLIMITED),
  ]);
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await folder.remove();
});

async function signIn(url: string): Promise<string> {
  const { body } = await restClient(url)("POST", "/v1/auth/login", {
    json: { username: "ada", password: PASSWORD },
  });
  return body.access_token;
}

describe("rotating the signing keys under 200 requests a second on two servers of one data folder", () => {
  it("refuses no token, old or new, on the server that signed it or on the other, though unknown kids come in between", async () => {
    const tokens = await Promise.all(servers.map(({ url }) => signIn(url)));
    const statuses = new Map<number, number>();
    const kids = new Set<string>();
    const asked: Promise<void>[] = [];
    const forged = `${Buffer.from('{"alg":"EdDSA","typ":"at+jwt","kid":"none-of-yours"}').toString("base64url")}.e30.c2ln`;
    let running = true;

    const ask = async (url: string, token: string) => {
      const { status } = await restClient(url, token)("GET", "/v1/whoami");
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    };
    const load = (async () => {
      for (let n = 0; running; n++) {
        const { url } = servers[n % 2]!;
        // The newest tokens and the oldest, each on both servers.
        asked.push(ask(url, tokens[n % 4 < 2 ? tokens.length - 1 : n % tokens.length]!));
        if (n % 10 === 0) void restClient(url, forged)("GET", "/v1/whoami");
        await sleep(PACE_MS);
      }
    })();
    for (let rotation = 0; rotation < ROTATIONS; rotation++) {
      await folder.json(["keys", "rotate", "--now"]);
      for (const { url } of [...servers, ...servers]) {
        const token = await signIn(url);
        kids.add(String(decodeProtectedHeader(token).kid));
        tokens.push(token);
        await sleep(300);
      }
    }
    running = false;
    await load;
    await Promise.all(asked);

    expect([...statuses.keys()]).toEqual([200]);
    expect(statuses.get(200)).toBeGreaterThan(0);
    expect(kids.size).toBeGreaterThanOrEqual(ROTATIONS);
    const listed = await folder.json(["keys", "list"]);
    expect(listed.items.map(({ state }: { state: string }) => state)).toEqual([
      "signs",
      ...Array.from({ length: ROTATIONS }, () => "verifies"),
    ]);
  });
});
