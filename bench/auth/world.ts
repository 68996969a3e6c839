import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, openApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config/config.ts";
import type { Caller } from "../../src/domain/identity.ts";
import { localCall } from "../../src/domain/identity.ts";
import { login } from "../../src/operations/login.ts";

export const PASSWORD = "correct horse battery staple";
export const PROMPT = "bench/prompt";

/** A library with one member and one prompt, and that member's credentials. */
export interface World {
  readonly app: App;
  readonly dataDir: string;
  readonly caller: Caller;
  readonly username: string;
  readonly apiKey: string;
  /** A new one: they live a few minutes. */
  accessToken(): Promise<string>;
  close(): Promise<void>;
}

/** No limits: refused calls would be measured beside answered ones. */
export const SETTINGS = {
  PROMPTFORGE_PORT: "0",
  PROMPTFORGE_LOG_LEVEL: "silent",
  PROMPTFORGE_INDEXER: "false",
  PROMPTFORGE_EMBEDDER_WORKERS: "1",
  PROMPTFORGE_LIMIT_READS: "0",
  PROMPTFORGE_LIMIT_WRITES: "0",
  PROMPTFORGE_LIMIT_SIGN_IN: "0",
};

export async function openWorld(): Promise<World> {
  const dataDir = await mkdtemp(join(tmpdir(), "promptforge-bench-auth-"));
  const app = await openApp(loadConfig({ ...SETTINGS, PROMPTFORGE_DATA_DIR: dataDir }));
  const { registration, prompts, apiKeys, authentication } = app.services;
  const call = localCall("bench");
  const username = "bench";
  const member = await registration.found({ username, password: PASSWORD }, call);
  const accessToken = async () => {
    const answer = await app.run(
      login,
      { username, password: PASSWORD },
      { authenticate: () => Promise.reject(new Error("Nobody asks")), requestId: "bench" },
    );
    return String(answer["access_token"]);
  };
  const caller = await authentication.authenticate(await accessToken());
  const actor = { ...caller, call };
  await prompts.create(actor, {
    name: PROMPT,
    content: "Answer {{question}} in three sentences.\n".repeat(20),
  });
  const { secret } = await apiKeys.create(actor, { name: "bench" });
  return {
    app,
    dataDir,
    caller,
    username: member.username,
    apiKey: secret,
    accessToken,
    async close() {
      await app.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
