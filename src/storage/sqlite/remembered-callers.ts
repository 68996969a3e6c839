import { LRUCache } from "lru-cache";
import type { DirectoryStore } from "../../domain/ports/storage.ts";
import type { SqliteConnection } from "./connection.ts";

/** Only what was found is remembered: nobody fills it with what there is not. */
const MOST = 5_000;

/**
 * The directory of a connection that only reads, with a memory for what each call asks: to whom a key, a session or a consent
 * belongs. What is remembered holds until anything is committed, by this process or another: with each commit of another
 * connection SQLite changes what `data_version` says, and asking that takes a tenth of looking up. So the next call after a key
 * was revoked or a role changed looks up anew.
 */
export function rememberingCallers(
  directory: DirectoryStore,
  { client }: Pick<SqliteConnection, "client">,
): DirectoryStore {
  const dataVersion = client.prepare<[], number>("pragma data_version").pluck();
  const remembered = new LRUCache<string, object>({ max: MOST });
  let asOf: number | undefined;

  async function until<Found extends object>(
    place: string,
    lookUp: () => Promise<Found | undefined>,
  ): Promise<Found | undefined> {
    const version = dataVersion.get();
    if (version !== asOf) remembered.clear();
    asOf = version;
    // Boundary: each kind of place holds what its own look-up found.
    const known = remembered.get(place) as Found | undefined;
    if (known !== undefined) return known;
    const found = await lookUp();
    // Somebody else may have noticed a later commit meanwhile.
    if (found !== undefined && asOf === version) remembered.set(place, found);
    return found;
  }

  return {
    ...directory,
    findKey: (secretHash) => until(`key ${secretHash}`, () => directory.findKey(secretHash)),
    sessions: {
      ...directory.sessions,
      findMember: (session) =>
        until(`session ${session.id} ${session.tenantId} ${session.userId}`, () =>
          directory.sessions.findMember(session),
        ),
    },
    oauth: {
      ...directory.oauth,
      findGrantor: (grantId) => until(`consent ${grantId}`, () => directory.oauth.findGrantor(grantId)),
    },
  };
}
