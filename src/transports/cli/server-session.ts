import { randomUUID } from "node:crypto";
import { open, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { AppError } from "../../domain/errors.ts";
import { refreshSession } from "../../operations/refresh-session.ts";
import { callServer } from "./server-call.ts";
import { codeOf } from "./system-code.ts";

/** A sign-in to a server, as `login` leaves it in the data folder. */
const sessionSchema = z.object({
  server: z.string(),
  username: z.string(),
  access_token: z.string().min(1),
  /** In ms since 1970. */
  expires_at: z.number(),
  refresh_token: z.string().min(1),
});
export type ServerSession = z.infer<typeof sessionSchema>;

const givenSchema = z.object({
  access_token: z.string(),
  expires_in: z.number(),
  refresh_token: z.string(),
});

/** An access token that ends sooner than this is renewed before it is used. */
const MARGIN_MS = 30_000;
const LOCK_STALE_MS = 60_000;
const LOCK_WAIT_MS = 50;

export function sessionPath(dataDir: string): string {
  return join(dataDir, "session.json");
}

/** `undefined` when nobody is signed in. Throws `unauthenticated` when the file is damaged or may not be read. */
export async function readSession(dataDir: string): Promise<ServerSession | undefined> {
  const path = sessionPath(dataDir);
  try {
    return sessionSchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    // Errors of JSON.parse quote the text, which is a secret: only the kind of fault is passed on.
    throw new AppError(
      "unauthenticated",
      `${path} ${code === undefined ? "is damaged" : `cannot be read (${code})`}. Delete it and sign in again with \`promptforge login\`.`,
    );
  }
}

/** Writes the file whole, mode 0600, in place of the one before. The data folder is there. */
export async function writeSession(dataDir: string, session: ServerSession): Promise<void> {
  const path = sessionPath(dataDir);
  const draft = `${path}.${randomUUID()}.tmp`;
  try {
    await using file = await open(draft, "wx", 0o600);
    await file.writeFile(`${JSON.stringify(session, null, 2)}\n`);
    await file.sync();
    await rename(draft, path);
  } catch (error) {
    throw new AppError("unavailable", `${path} cannot be written (${codeOf(error) ?? "unknown error"}).`);
  } finally {
    await rm(draft, { force: true });
  }
}

export function removeSession(dataDir: string): Promise<void> {
  return rm(sessionPath(dataDir), { force: true });
}

/** What a server gave for a sign-in, a renewal or a change of tenant, as it is kept. Throws `unavailable` for anything else. */
export function sessionOf(server: string, username: string, given: unknown): ServerSession {
  const read = givenSchema.safeParse(given).data;
  if (read === undefined) {
    throw new AppError(
      "unavailable",
      `${server} gave no session that can be kept. Is it a PromptForge server?`,
    );
  }
  const { access_token, expires_in, refresh_token } = read;
  return { server, username, access_token, refresh_token, expires_at: Date.now() + expires_in * 1000 };
}

/** An access token that is good, renewed where it has to be. Throws `unauthenticated` where the session has ended. */
export async function freshToken(dataDir: string, session: ServerSession): Promise<string> {
  if (isFresh(session)) return session.access_token;
  // A refresh token is good once: of two commands at a time one renews, and the other takes what that has written.
  return locked(dataDir, async () => {
    const current = await readSession(dataDir);
    if (current === undefined) throw over(session.server);
    if (isFresh(current)) return current.access_token;
    const { server, username, refresh_token } = current;
    const given = await callServer(server, refreshSession, { refresh_token }).catch((error: unknown) => {
      throw error instanceof AppError && error.code === "unauthenticated" ? over(server) : error;
    });
    const next = sessionOf(server, username, given);
    await writeSession(dataDir, next);
    return next.access_token;
  });
}

function isFresh({ expires_at }: ServerSession): boolean {
  return expires_at - MARGIN_MS > Date.now();
}

function over(server: string): AppError {
  return new AppError("unauthenticated", `Your session at ${server} has ended. Run \`promptforge login\`.`);
}

/** One at a time over all processes, by a file that is there meanwhile; one that a process left behind is taken after a minute. */
async function locked<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
  const path = `${sessionPath(dataDir)}.lock`;
  for (;;) {
    try {
      await (await open(path, "wx", 0o600)).close();
      break;
    } catch (error) {
      if (codeOf(error) !== "EEXIST") {
        throw new AppError("unavailable", `${path} cannot be written (${codeOf(error) ?? "unknown error"}).`);
      }
    }
    const since = await stat(path).then(({ mtimeMs }) => mtimeMs, Date.now);
    if (Date.now() - since > LOCK_STALE_MS) await rm(path, { force: true });
    else await sleep(LOCK_WAIT_MS);
  }
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}
