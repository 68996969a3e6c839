import { afterAll } from "vitest";
import { openPostgresStorage } from "../../src/storage/postgres/storage.ts";
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
