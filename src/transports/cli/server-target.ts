import type { Config } from "../../config/config.ts";
import { AppError } from "../../domain/errors.ts";
import type { Operation } from "../../operations/define-operation.ts";
import { callServer, serverAddress } from "./server-call.ts";
import { freshToken, readSession, type ServerSession, sessionOf, writeSession } from "./server-session.ts";

/** Where a command's operation runs, when not on the library of this machine. */
export interface ServerTarget {
  call(operation: Operation, input: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>>;
}

/**
 * The server that --server or PROMPTFORGE_SERVER names, else the one that somebody has signed in to with `login`; `undefined`: the
 * library of this machine, which a token without a server is always for. Throws `unauthenticated` for a server without a
 * credential.
 */
export async function serverTarget(
  config: Pick<Config, "dataDir" | "server" | "token">,
): Promise<ServerTarget | undefined> {
  const { dataDir, token } = config;
  const named = config.server === undefined ? undefined : serverAddress(config.server);
  if (token !== undefined) {
    return named === undefined
      ? undefined
      : { call: (operation, input) => callServer(named, operation, input, token) };
  }
  const session = await readSession(dataDir);
  if (session !== undefined && (named ?? session.server) === session.server)
    return signedIn(dataDir, session);
  if (named === undefined) return undefined;
  throw new AppError(
    "unauthenticated",
    `You are not signed in to ${named}. Run \`promptforge login ${named}\`, or give an API key with PROMPTFORGE_TOKEN.`,
  );
}

function signedIn(dataDir: string, session: ServerSession): ServerTarget {
  const { server, username } = session;
  return {
    async call(operation, input) {
      const result = await callServer(server, operation, input, await freshToken(dataDir, session));
      // From the next command on it is the other tenant's.
      if (operation.name === "switch_tenant") {
        await writeSession(dataDir, sessionOf(server, username, result));
      }
      return result;
    },
  };
}
