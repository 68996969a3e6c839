import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type Library, openLibrary } from "../support/library.ts";
import { type RunningProgram, serveProgram } from "../support/programs.ts";
import { createLibrary, sharedPostgres } from "../support/shared-postgres.ts";
import { qdrantSettings } from "../support/shared-qdrant.ts";

/** One library that several servers, each with a data folder of its own, work on. */
export interface SharedLibrary {
  readonly environment: Readonly<Record<string, string>>;
  /** The database, as one whom no policy binds. */
  readonly superuserUrl: string;
  /** A server as a process of its own. */
  serve(environment?: Record<string, string>): Promise<RunningProgram>;
  /** The same in this process, without HTTP. */
  open(environment?: Record<string, string>): Promise<Library>;
}

/** All of it ends with the test. */
export async function sharedLibrary(): Promise<SharedLibrary> {
  const { url, ownerUrl, name } = await createLibrary();
  const environment = {
    ...(await qdrantSettings(await folder())),
    DATABASE_URL: url,
    DATABASE_OWNER_URL: ownerUrl,
    PROMPTFORGE_KEYS_SECRET: "a secret of the tests, which is long enough",
  };
  return {
    environment,
    superuserUrl: (await sharedPostgres()).url(name),
    async serve(more = {}) {
      const server = await serveProgram(await folder(), { ...environment, ...more });
      onTestFinished(() => server.kill());
      return server;
    },
    async open(more = {}) {
      const library = await openLibrary({
        dataDir: await folder(),
        environment: { ...environment, PROMPTFORGE_INDEXER: "false", ...more },
      });
      onTestFinished(() => library.close());
      return library;
    },
  };
}

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "replica-"));
  onTestFinished(() => rm(made, { recursive: true, force: true }));
  return made;
}
