import type { App } from "../../src/app.ts";
import { toAppError } from "../../src/domain/errors.ts";
import type { Actor } from "../../src/domain/identity.ts";
import { openLibrary } from "../../test/support/library.ts";
import type { BenchEngine } from "./options.ts";

/** One library on disk, opened once with each engine. */
export interface Libraries {
  /** The only member of its only tenant. */
  readonly caller: Actor;
  /** Opened with the first engine. */
  readonly app: App;
  /** With each. */
  readonly opened: readonly OpenedLibrary[];
  close(): Promise<void>;
}

export interface OpenedLibrary {
  readonly engine: BenchEngine;
  readonly app: App;
}

export interface LibrarySettings {
  readonly engines: readonly BenchEngine[];
  readonly workers: number | undefined;
  readonly environment: Record<string, string>;
}

/** An empty library in a folder of its own, its models loaded. Its indexer rests until it is asked. */
export async function openLibraries(settings: LibrarySettings): Promise<Libraries> {
  const [firstEngine, ...others] = settings.engines;
  if (firstEngine === undefined) throw new Error("There is no engine to measure with.");
  const first = await openLibrary({ environment: environmentOf(settings, firstEngine) });
  const rest: OpenedLibrary[] = [];
  const close = async () => {
    for (const { app } of rest) await app.close();
    await first.close();
  };
  try {
    for (const engine of others) {
      const { app } = await openLibrary({
        dataDir: first.dataDir,
        environment: environmentOf(settings, engine),
      });
      rest.push({ engine, app });
    }
    const { caller } = await first.found("bench");
    const opened = [{ engine: firstEngine, app: first.app }, ...rest];
    for (const { app } of opened) {
      await app.embedder.embedQuery(caller.tenantId, "warm up");
      // A collection that is missing is made now, while there is nothing to index, and the index so complete at once.
      await app.searchIndex.count(caller.tenantId);
      await app.indexer.drain();
    }
    return { caller, app: first.app, opened, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function environmentOf({ workers, environment }: LibrarySettings, engine: BenchEngine) {
  return {
    // Empty counts as not set: the server's own choice.
    PROMPTFORGE_EMBEDDER_WORKERS: workers?.toString() ?? "",
    PROMPTFORGE_EMBEDDER_ENGINE: engine,
    ...environment,
  };
}

/** Why an engine cannot be measured here; `undefined` when it can. */
export async function engineProblem(engine: BenchEngine): Promise<string | undefined> {
  const library = await openLibrary({ environment: { PROMPTFORGE_EMBEDDER_ENGINE: engine } });
  try {
    await library.app.embedder.embedQuery("bench", "try");
    return undefined;
  } catch (thrown) {
    return toAppError(thrown).message;
  } finally {
    await library.close();
  }
}
