import type { App } from "../../app.ts";
import type { Config } from "../../config/config.ts";
import { toAppError } from "../../domain/errors.ts";
import { authenticateWith, readCredentials, resolveCredential } from "./credentials.ts";
import { type Check, megabytes } from "./doctor-checks.ts";

/** A check of what needs the open library; what it throws is its finding. */
export async function finding(name: string, look: () => Promise<Omit<Check, "name">>): Promise<Check> {
  try {
    return { name, ...(await look()) };
  } catch (error) {
    const { message, code } = toAppError(error);
    // Whoever runs doctor is the operator: an unexpected error is told as it is.
    return { name, status: "fail", message: code === "internal" ? reasonOf(error, message) : message };
  }
}

function reasonOf(error: unknown, fallback: string): string {
  return error instanceof Error && error.message !== "" ? error.message : fallback;
}

/** The checks of an open library, all begun at once, in the order to show them. */
export function libraryChecks(app: App, config: Config): Promise<Check>[] {
  return [
    finding("database", () => checkDatabase(app)),
    finding("backup", () => checkBackup(app, config)),
    finding("watching", () => checkWatching(config)),
    finding("index", () => checkIndex(app)),
    ...layoutChecks(app),
    finding("model", () => checkModel(app)),
    finding("credentials", () => checkCredentials(app, config)),
  ];
}

async function checkDatabase({ storage }: App): Promise<Omit<Check, "name">> {
  const { kind, location, bytes, schemaVersion, integrity, tenants } = await storage.inspect();
  if (integrity !== "ok") {
    return {
      status: "fail",
      message: `${location} is damaged: ${integrity}. Stop the server and restore a backup.`,
    };
  }
  const facts = `${kind}, ${location}, ${megabytes(bytes)}, schema ${schemaVersion} (up to date), integrity ok, ${tenants} tenant${tenants === 1 ? "" : "s"}`;
  return tenants > 0
    ? { status: "ok", message: facts }
    : { status: "warn", message: `${facts}. Found the first one with \`promptforge init\`.` };
}

/** Who may read the metrics, and whether there are traces: for a look at whether it was meant. */
async function checkWatching({ metrics, traced }: Config): Promise<Omit<Check, "name">> {
  const readers =
    metrics === undefined
      ? "off"
      : metrics.token === undefined
        ? "for this machine"
        : "for whoever has the token";
  return { status: "ok", message: `metrics ${readers}, traces ${traced ? "on" : "off"}` };
}

const HOUR_MS = 3_600_000;

/** The newest one may be as old as the schedule says, and half as old again while the next is made or tried again. */
async function checkBackup(app: App, config: Config): Promise<Omit<Check, "name">> {
  if (config.database !== undefined) {
    return { status: "ok", message: "PostgreSQL's own: pg_dump or snapshots, see docs/operating.md" };
  }
  const { backup } = config;
  const state = await app.backupState();
  if (backup === undefined || state === undefined) {
    return {
      status: "ok",
      message: "none by itself: set PROMPTFORGE_BACKUP_DIR, or run `promptforge backup`",
    };
  }
  const { newest, kept, failure } = state;
  const failed = failure && ` The last try failed at ${failure.at}: ${failure.reason}`;
  if (newest === undefined) {
    const message = `There is none yet in ${backup.dir}. \`promptforge serve\` makes one.${failed ?? ""}`;
    return { status: "warn", message };
  }
  const hours = (Date.now() - newest.getTime()) / HOUR_MS;
  const facts = `${kept} in ${backup.dir}, the newest ${hours.toFixed(1)} hours old`;
  if (hours > 1.5 * backup.everyHours) {
    return {
      status: "fail",
      message: `${facts}, where one every ${backup.everyHours} was asked for.${failed ?? " Is a server running?"}`,
    };
  }
  return failed === undefined
    ? { status: "ok", message: facts }
    : { status: "warn", message: `${facts}.${failed}` };
}

async function checkIndex({ storage, generations }: App): Promise<Omit<Check, "name">> {
  const queue = await checkQueue(storage);
  const obstacle = await generations.obstacle();
  if (obstacle === undefined) return queue;
  return { status: "warn", message: `Search goes by words. ${obstacle} On its list: ${queue.message}` };
}

/** Only of an index that has machines of its own. */
function layoutChecks({ searchIndex: { layout } }: App): Promise<Check>[] {
  if (layout === undefined) return [];
  return [
    finding("index layout", async () => {
      const { facts, differences, away } = await layout();
      const gone = away.map((url) => `${url} does not answer.`);
      const other = differences.length === 0 ? [] : [...differences, ANOTHER_COLLECTION];
      const faults = [...gone, ...other];
      return faults.length === 0
        ? { status: "ok", message: facts }
        : { status: "warn", message: `${facts}. ${faults.join(" ")}` };
    }),
  ];
}

const ANOTHER_COLLECTION =
  "What is there stays in use. To have it otherwise, set it so, or name a new collection in PROMPTFORGE_QDRANT_COLLECTION: it is built from the database.";

async function checkQueue(storage: App["storage"]): Promise<Omit<Check, "name">> {
  const { first, rest, failing, buried } = await storage.outbox.counts();
  const waiting = first + rest;
  if (buried > 0) {
    const [letter] = await storage.outbox.deadLetters(1);
    return {
      status: "warn",
      message: `${buried} prompt${buried === 1 ? "" : "s"} failed too often to be indexed and will not be tried again before a change, or \`promptforge reindex\`. The first: prompt ${letter?.promptId}, "${letter?.reason}"`,
    };
  }
  if (failing > 0) {
    return {
      status: "warn",
      message: `${failing} of ${waiting} waiting prompts could not be indexed so far and are tried again while \`promptforge serve\` runs. Its log tells why; see the model below.`,
    };
  }
  if (waiting === 0) return { status: "ok", message: "everything is found by meaning" };
  return {
    status: "ok",
    message: `waiting: ${first} to be found by meaning, ${rest} for their later parts. That goes on while \`promptforge serve\` or \`stdio\` runs`,
  };
}

async function checkModel(app: App): Promise<Omit<Check, "name">> {
  const { ok, model, engine, loadMs, problem } = await app.inspectModel();
  if (!ok)
    return {
      status: "fail",
      message: `${model} does not load: ${problem ?? "unknown"} Search goes by words only.`,
    };
  return { status: "ok", message: `${model}, ${engine ?? "no"} engine, ready in ${loadMs} ms` };
}

/** One that is there has to be good. A server, or a library that was restored, needs none. */
async function checkCredentials(app: App, config: Config): Promise<Omit<Check, "name">> {
  if (config.token === undefined && (await readCredentials(config.dataDir)) === undefined) {
    return {
      status: "warn",
      message:
        "none for commands on this machine: give an API key with PROMPTFORGE_TOKEN, or sign in to the server with `promptforge login`",
    };
  }
  const credential = await resolveCredential(config);
  const { username, tenantName, role } = await authenticateWith(app.services, credential);
  return { status: "ok", message: `${username}, ${role} of ${tenantName}, by ${credential.source}` };
}
