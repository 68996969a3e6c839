import { createHash, createHmac, randomUUID } from "node:crypto";
import type { AuditTarget } from "../domain/audit.ts";
import { canonicalJson } from "../domain/canonical-json.ts";
import { AppError } from "../domain/errors.ts";
import type { OnceCall } from "../domain/idempotency.ts";
import type { Actor } from "../domain/identity.ts";
import type { Storage } from "../domain/ports/storage.ts";

/** For so long the same key is the same call. */
const KEPT_MS = 24 * 60 * 60 * 1000;
/** After this, an attempt of which nothing is committed is taken for dead. It cannot commit any more, should it still live. */
const GIVEN_UP_MS = 60_000;
/** So long the answer of a change that is committed is waited for. */
const ANSWERED_WITHIN_MS = 5_000;

const KEY = /^[\x21-\x7e]{1,255}$/;

type Answer = Record<string, unknown>;

export interface OnceRequest {
  /** Chosen by the caller. */
  readonly key: string;
  readonly input: unknown;
  /** False where the answer holds a secret, which is kept nowhere. */
  readonly keepsAnswer: boolean;
}

export type IdempotencyService = ReturnType<typeof createIdempotencyService>;

/**
 * Does a call once, however often it is sent [draft-ietf-httpapi-idempotency-key-header-07]. That it was done is noted in
 * the transaction of its change (see `audit`), so that a crash between change and answer cannot make it be done twice.
 */
export function createIdempotencyService(deps: { readonly storage: Storage; readonly now: () => Date }) {
  const { storage, now } = deps;
  return {
    /**
     * The answer of `run`, or of the same call before. Throws `invalid_input` for what is no key, `key_reused` where the key
     * was used for another call, and `conflict` while that call is under way, or where its answer was not kept. What fails is
     * forgotten and may be sent again.
     */
    async once(
      actor: Actor,
      { key, input, keepsAnswer }: OnceRequest,
      run: (actor: Actor) => Promise<Answer>,
    ): Promise<Answer> {
      if (!KEY.test(key)) {
        throw new AppError(
          "invalid_input",
          "An idempotency key has 1 to 255 visible ASCII characters without spaces, such as a UUID.",
        );
      }
      const tenant = storage.tenant(actor.tenantId);
      const { userId } = actor;
      const at = now();
      const attempt = { keyHash: digest(key), attempt: randomUUID() };
      const fingerprint = fingerprintOf(key, actor.call.operation, input);
      const known = await tenant.write(async ({ once }) => {
        await once.sweep(at);
        const found = await once.find(userId, attempt.keyHash);
        if (found !== undefined && (found.fingerprint !== fingerprint || !isDead(found, at))) return found;
        const expiresAt = new Date(at.getTime() + KEPT_MS);
        await once.begin({ ...attempt, userId, fingerprint, startedAt: at, expiresAt });
        return undefined;
      });
      if (known !== undefined) return answerOf(known, fingerprint, at);

      const answer = await run({ ...actor, call: { ...actor.call, once: attempt } }).catch(async (error) => {
        await tenant.write(({ once }) => once.abandon(userId, attempt)).catch(() => undefined);
        throw error;
      });
      // The change is committed, and noted: that its answer could not be kept must not make it look as if it had failed.
      await tenant
        .write(({ once }) => once.answer(userId, attempt, keepsAnswer ? JSON.stringify(answer) : undefined))
        .catch(() => undefined);
      return answer;
    },
  };
}

function isDead({ state, startedAt }: OnceCall, at: Date): boolean {
  return state === "running" && at.getTime() - startedAt.getTime() >= GIVEN_UP_MS;
}

function answerOf(
  { fingerprint, state, startedAt, answer, target }: OnceCall,
  wanted: string,
  at: Date,
): Answer {
  if (fingerprint !== wanted) {
    throw new AppError(
      "key_reused",
      "This idempotency key was used for another call within the last 24 hours. Use a new key for each call.",
    );
  }
  const isYoung = at.getTime() - startedAt.getTime() < ANSWERED_WITHIN_MS;
  if (state === "running" || (state === "settled" && isYoung)) throw underWay();
  if (answer !== undefined) return JSON.parse(answer);
  throw new AppError(
    "conflict",
    `This was done already under this idempotency key${target === undefined ? "" : `: see ${nameOf(target)}`}. Its answer is not kept: it held a secret, or the server stopped before it was given.`,
    { reason: "done", ...(target === undefined ? {} : { target }) },
  );
}

/** Of an attempt that is not this one. */
export function underWay(): AppError {
  return new AppError(
    "conflict",
    "The same call is under way under this idempotency key. Wait a second, then send it again for its answer.",
    { reason: "under_way", retry_after_seconds: 1 },
  );
}

function nameOf({ kind, id, name }: AuditTarget): string {
  return `${kind} ${name ?? id}`;
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/**
 * Made with the key, of which only a hash is stored: whoever has the library's files cannot try passwords against the
 * fingerprint of a call that held one.
 */
function fingerprintOf(key: string, operation: string, input: unknown): string {
  return createHmac("sha256", key)
    .update(canonicalJson([operation, input]))
    .digest("hex");
}
