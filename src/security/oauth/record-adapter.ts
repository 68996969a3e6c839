import { createHash } from "node:crypto";
import { type Adapter, type AdapterPayload, errors, Provider } from "oidc-provider";
import type { GrantEnd } from "../../domain/client-grants.ts";
import type { OAuthRecord } from "../../domain/ports/oauth.ts";
import type { Storage } from "../../domain/ports/storage.ts";

/** A client that registered and for which nobody has granted anything is forgotten after this. */
const UNUSED_CLIENT_MS = 24 * 60 * 60 * 1000;

/** Ends a grant with all that comes from it. */
export type EndGrant = (grantId: string, reason: GrantEnd) => Promise<void>;

/** Ids that are no secrets: everybody who reads a token sees them. */
const OPEN_KINDS: ReadonlySet<string> = new Set(["Client", "Grant"]);

/**
 * The protocol library's models, kept in our storage. Codes, refresh tokens and session ids are found by their SHA-256,
 * which is all that is stored of them. Times are the library's own: those of the system's clock.
 */
export function recordAdapter(storage: Storage, endGrant: EndGrant, kind: string): Adapter {
  const { directory } = storage;
  const idOf = (id: string) => (OPEN_KINDS.has(kind) ? id : hashOf(id));

  const end = (grantId: string) => endGrant(grantId, reasonNow());

  return {
    async upsert(id, { jti: _secret, ...payload }, expiresIn) {
      const now = new Date();
      const expiresAt = new Date(now.getTime() + (expiresIn ? expiresIn * 1000 : UNUSED_CLIENT_MS));
      const record: OAuthRecord = {
        kind,
        id: idOf(id),
        payload: withoutCookie(payload),
        userId: personOf(payload),
        clientId: payload.clientId,
        grantId: kind === "Grant" ? id : payload.grantId,
        uid: payload.uid,
        consumedAt: undefined,
        expiresAt,
      };
      await directory.write(async ({ oauth }) => {
        await oauth.put(record, now);
        if (kind === "Grant" && record.clientId !== undefined) {
          await oauth.prolong("Client", record.clientId, expiresAt);
        }
      });
    },
    async find(id) {
      const record = await directory.read(({ oauth }) => oauth.find(kind, idOf(id), new Date()));
      return record && { ...payloadOf(record), jti: id };
    },
    async findByUid(uid) {
      const record = await directory.read(({ oauth }) => oauth.findByUid(kind, uid, new Date()));
      return record && payloadOf(record);
    },
    findByUserCode: () => Promise.reject(new Error("The device flow is off")),
    /** Of two that use the same code or token at once, one is too late: that ends the whole family, as later re-use does. */
    async consume(id) {
      const first = await directory.write(({ oauth }) => oauth.consume(kind, idOf(id), new Date()));
      if (first) return;
      const record = await directory.read(({ oauth }) => oauth.find(kind, idOf(id), new Date()));
      if (record?.grantId !== undefined) await end(record.grantId);
      throw new errors.InvalidGrant(`${kind} was used before`);
    },
    async destroy(id) {
      if (kind === "Grant") await end(id);
      else await directory.write(({ oauth }) => oauth.remove(kind, idOf(id)));
    },
    revokeByGrantId: end,
  };
}

/** A sign-in under way notes its browser's session by the secret in the cookie, too, which is never asked for. */
function withoutCookie({ session, ...payload }: AdapterPayload): AdapterPayload {
  if (session === undefined) return payload;
  const { cookie: _secret, ...rest } = session;
  return { ...payload, session: rest };
}

/**
 * Whose a record is. A sign-in under way has nobody of its own: it is whose password was just accepted, else whose browser
 * asks. It ends with all else of theirs, so that it does not outlive the password that it was begun with.
 */
function personOf({ accountId, result, session }: AdapterPayload): string | undefined {
  return accountId ?? result?.login?.accountId ?? session?.accountId;
}

/** The library ends a grant for two reasons, of which the request under way tells. */
function reasonNow(): GrantEnd {
  return Provider.ctx?.oidc.route === "revocation" ? "given_up" : "token_reused";
}

function payloadOf({ payload, consumedAt }: OAuthRecord): AdapterPayload {
  return consumedAt === undefined
    ? { ...payload }
    : { ...payload, consumed: Math.floor(consumedAt.getTime() / 1000) };
}

function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}
