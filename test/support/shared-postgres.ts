import { afterAll, onTestFinished } from "vitest";
import {
  openPostgresStorage,
  type PostgresStorage,
  type PostgresStorageOptions,
} from "../../src/storage/postgres/storage.ts";
import { asSuperuser, type PostgresLibrary, type PostgresServer, startPostgres } from "./postgres.ts";

let server: Promise<PostgresServer> | undefined;
let template: Promise<PostgresLibrary> | undefined;

// One server for all libraries of a test file.
afterAll(async () => (await server)?.close());

export function sharedPostgres(): Promise<PostgresServer> {
  server ??= startPostgres();
  return server;
}

/** A library of its own, whose schema is up to date: a copy, since to migrate anew takes half a second. */
export async function createLibrary(): Promise<PostgresLibrary> {
  const { createDatabase, url } = await sharedPostgres();
  template ??= migrated(createDatabase);
  const { name } = await template;
  const library = await createDatabase(name);
  await asSuperuser(url(library.name), ["update library set library_id = gen_random_uuid()"]);
  return library;
}

async function migrated(createDatabase: PostgresServer["createDatabase"]): Promise<PostgresLibrary> {
  const made = await createDatabase();
  await (await openPostgresStorage(made)).close();
  return made;
}

/** Opens a library (a new one where no URL is given), closed when the test ends. */
export async function openPostgres(options: Partial<PostgresStorageOptions> = {}): Promise<PostgresStorage> {
  const { url, ownerUrl } =
    options.url === undefined ? await createLibrary() : { url: options.url, ownerUrl: undefined };
  const storage = await openPostgresStorage({ url, ownerUrl, ...options });
  onTestFinished(() => storage.close());
  return storage;
}

const libraries = new Map<string, Promise<PostgresLibrary>>();

/** Settings that keep the library of a folder in a database of its own. */
export async function postgresSettings(dataDir: string): Promise<Record<string, string>> {
  const library = libraries.get(dataDir) ?? createLibrary();
  libraries.set(dataDir, library);
  const { url, ownerUrl } = await library;
  return {
    DATABASE_URL: url,
    DATABASE_OWNER_URL: ownerUrl,
    PROMPTFORGE_KEYS_SECRET: "a secret of the tests, which is long enough",
  };
}

/** The database of a library's folder, as one whom no policy binds. */
export async function superuserUrl(dataDir: string): Promise<string> {
  const library = libraries.get(dataDir);
  if (library === undefined) throw new Error(`No library of ${dataDir} was opened`);
  return (await sharedPostgres()).url((await library).name);
}
