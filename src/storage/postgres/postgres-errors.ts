import pg from "pg";
import { AppError } from "../../domain/errors.ts";
import { movedAway, SEALED } from "../sql/moving/refusals.ts";

/** Two writers raced for the same name: what the loser is told, by the constraint that stopped it. */
const CONFLICTS: ReadonlyMap<string, string> = new Map([
  ["prompts_name", "A prompt with this name exists already. Choose another name, or update that prompt."],
  ["users_username", "This username is taken. Choose another one."],
  [
    "versions_tenant_id_prompt_id_number_pk",
    "Another change made this version first. Read the prompt again and repeat the change.",
  ],
  ["memberships_tenant_id_user_id_pk", "This user is a member of the tenant already."],
]);

/** What the operator is told, by the start of PostgreSQL's code. None of it holds SQL, stored text or an address. */
const OUTAGES: readonly (readonly [code: string, message: string])[] = [
  ["08", "The connection to the database was lost. Try again; if it stays, look after the database server."],
  ["28", "The database refuses the user of DATABASE_URL. Check its name and password there."],
  ["3D", "The database that DATABASE_URL names is not there. Create it, or name another one."],
  [
    "53100",
    "The disk of the database server is full: nothing was written. Free some space there and try again.",
  ],
  ["53", "The database server is out of connections, memory or disk. Try again; give it more if it stays."],
  ["55P03", "The library is locked by another operation. Try again."],
  ["57014", "The database took too long and was stopped. Try again; look for what keeps it busy."],
  ["57", "The database server is stopping or starting. Try again."],
  ["58", "The database server cannot read or write its files. Look after its disk."],
  ["40", "Other changes were in the way, again and again. Try again."],
  ["25006", "The database server only reads: it is a standby. Name the primary in DATABASE_URL."],
];

/** From the network, by the codes of Node: the database is out of reach. */
const UNREACHABLE =
  "The database cannot be reached. Check DATABASE_URL, and that the server is up; it is tried again with the next call.";

/** True for a transaction that only has to be done again: others were in the way. */
export function isSerializationFailure(thrown: unknown): boolean {
  const code = databaseErrorIn(thrown)?.code;
  return code === "40001" || code === "40P01";
}

/** True when a statement tried to write in a transaction that only reads. */
export function isReadOnly(thrown: unknown): boolean {
  return databaseErrorIn(thrown)?.code === "25006";
}

/**
 * What callers are told for an error of PostgreSQL's: `unavailable` for trouble with the server or the way to it, `conflict`
 * for a name or number that a racing writer took. Anything else is
 * given back as it came, an error of PostgreSQL's without what drizzle wraps it in: that repeats the values of the query.
 */
export function translatePostgresError(thrown: unknown): unknown {
  const error = databaseErrorIn(thrown);
  if (error === undefined)
    return isLost(thrown) ? new AppError("unavailable", UNREACHABLE, {}, thrown) : thrown;
  const { code = "", constraint = "" } = error;
  if (code === "23505") {
    const message = CONFLICTS.get(constraint);
    return message === undefined ? error : new AppError("conflict", message, undefined, error);
  }
  if (error.message === SEALED) return movedAway(error);
  const outage = OUTAGES.find(([start]) => code.startsWith(start));
  return outage === undefined ? error : new AppError("unavailable", outage[1], { reason: code }, error);
}

/** The error of PostgreSQL's inside a thrown value: drizzle wraps some of them. */
function databaseErrorIn(thrown: unknown): pg.DatabaseError | undefined {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if (error instanceof AppError) return undefined;
    if (error instanceof pg.DatabaseError) return error;
  }
  return undefined;
}

/** Whether the connection failed: `pg` says so by a system error, or by a message alone. */
function isLost(thrown: unknown): boolean {
  for (let error = thrown; error instanceof Error; error = error.cause) {
    if (error instanceof AppError) return false;
    if ("syscall" in error) return true;
    if (
      /^Connection terminated|^Client has encountered|timeout exceeded when trying to connect/.test(
        error.message,
      )
    )
      return true;
  }
  return false;
}
