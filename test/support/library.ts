import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, openApp } from "../../src/app.ts";
import { loadConfig } from "../../src/config/config.ts";
import { type Actor, localCall } from "../../src/domain/identity.ts";
import { permissionsOf, type Role } from "../../src/domain/roles.ts";
import { catalogue } from "../../src/operations/index.ts";

/** `npm run test:qdrant` keeps the libraries' indexes in a real Qdrant server. */
const qdrant =
  process.env["PROMPTFORGE_TEST_INDEX"] === "qdrant" ? await import("./shared-qdrant.ts") : undefined;

/** `npm run test:postgres` keeps the libraries themselves in a real PostgreSQL server. */
const postgres =
  process.env["PROMPTFORGE_TEST_DATABASE"] === "postgres" ? await import("./shared-postgres.ts") : undefined;

/** Where the library of a folder and its index are kept: for every process that opens it. */
export async function librarySettings(dataDir: string): Promise<Record<string, string>> {
  return { ...(await qdrant?.qdrantSettings(dataDir)), ...(await postgres?.postgresSettings(dataDir)) };
}

/** A password that the policy accepts. */
export const PASSWORD = "correct horse battery staple";

/** A member of a tenant, as the tests call operations: by name, like any transport. */
export interface TestMember {
  readonly caller: Actor;
  /** Runs an operation; the output is as loose as a client sees it. */
  call(operation: string, input?: unknown): Promise<Answer>;
  /** An API key of this member. */
  key(role?: Role): Promise<string>;
}

// biome-ignore lint/suspicious/noExplicitAny: answers are read as a client reads JSON
export type Answer = any;

export interface Library {
  readonly app: App;
  readonly dataDir: string;
  /** Registers somebody new: a tenant with one admin. */
  found(username: string): Promise<TestMember>;
  /** The same member by a session that begins now, as the server knows them. */
  signedIn(who: TestMember): Promise<TestMember>;
  /** Somebody who calls as one is told. */
  as(caller: Actor): TestMember;
  /** Adds a member with a role to the tenant of another. */
  join(host: TestMember, username: string, role: Role): Promise<TestMember>;
  close(): Promise<void>;
}

export interface LibraryOptions {
  readonly environment?: Record<string, string>;
  readonly now?: () => Date;
  /** Opens an existing folder, and leaves it, instead of a fresh one. */
  readonly dataDir?: string;
}

/** A real library in a folder of its own: real SQLite, real index, real model. */
export async function openLibrary(options: LibraryOptions = {}): Promise<Library> {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), "promptforge-test-")));
  const config = loadConfig({
    PROMPTFORGE_DATA_DIR: dataDir,
    PROMPTFORGE_PORT: "0",
    PROMPTFORGE_LOG_LEVEL: "silent",
    PROMPTFORGE_EMBEDDER_WORKERS: "1",
    ...(await librarySettings(dataDir)),
    ...options.environment,
  });
  const app = await openApp(config, options.now === undefined ? {} : { now: options.now });

  function member(caller: Actor): TestMember {
    return {
      caller,
      call(name, input = {}) {
        const operation = catalogue.find((candidate) => candidate.name === name);
        if (operation === undefined) throw new Error(`There is no operation ${name}`);
        return app.run(operation, input, { authenticate: async () => caller, requestId: "test" });
      },
      key: async (role) => (await app.services.apiKeys.create(caller, { name: "test", role })).secret,
    };
  }

  async function found(username: string): Promise<TestMember> {
    const call = localCall("test");
    const person = await app.services.registration.found({ username, password: PASSWORD }, call);
    return member({ ...person, permissions: permissionsOf(person.role), credential: "access_token", call });
  }

  return {
    app,
    dataDir,
    found,
    as: member,
    async signedIn({ caller }) {
      const options = { withRefreshToken: true };
      const { token } = await app.services.sessions.open(async () => caller, caller.call, options);
      return member({ ...(await app.services.authentication.authenticate(token)), call: caller.call });
    },
    async join(host, username, role) {
      const own = await found(username);
      const { tenantId, tenantName } = host.caller;
      await app.storage.tenant(tenantId).write((store) => store.members.add(own.caller.userId, role));
      return member({ ...own.caller, tenantId, tenantName, role, permissions: permissionsOf(role) });
    },
    async close() {
      await app.close();
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
    },
  };
}
