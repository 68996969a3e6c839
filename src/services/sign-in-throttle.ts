import { createHash } from "node:crypto";
import type { Count, Counter, Limit, RateLimiter } from "../domain/ports/rate-limiter.ts";
import { rateLimited } from "./rate-limited.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Wrong attempts that are let through in a row. Of one account from one address: as many as somebody's memory needs. */
const BY_ACCOUNT_AND_ADDRESS: Limit = { points: 5, seconds: 15 * MINUTE };
/** Whatever the account: an office behind one address has many people with bad mornings. */
const BY_ADDRESS: Limit = { points: 100, seconds: 15 * MINUTE };
/** From all addresses together. More is an attack [NIST SP 800-63B, section 3.2.2, has 100 in a row as the most]. */
const BY_ACCOUNT: Limit = { points: 100, seconds: HOUR };

/** To whoever has a name, at the wish of anybody: what fills no mailbox. */
const MAILS: Limit = { points: 5, seconds: HOUR };

/** The first wait; each further one within `STRIKES` is twice as long, up to the last. */
const FIRST_WAIT = MINUTE;
const LONGEST_WAIT = 15 * MINUTE;
const STRIKES: Limit = { points: Number.MAX_SAFE_INTEGER, seconds: 6 * HOUR };
/** For how long an address from which somebody signed in is known as theirs; timers cannot wait for much longer. */
const FAMILIAR: Limit = { points: Number.MAX_SAFE_INTEGER, seconds: 14 * DAY };

export interface SignInAttempt {
  /** What was typed as the name, whether somebody has it or not. */
  readonly account: string;
  /** Where it comes from; what comes over no network is not throttled. */
  readonly address: string | undefined;
}

export type SignInThrottle = ReturnType<typeof createSignInThrottle>;

/**
 * Slows down guessing, and locks nobody out for good. Wrong attempts are counted for an account from an address, for an
 * address, and for an account; each count that is full makes wait, longer each time. However many try to get into an
 * account from elsewhere, an address from which its owner has signed in is counted for itself, and any other still has
 * its first attempt. Names that nobody has are counted alike, so that the answers do not tell who exists.
 */
export function createSignInThrottle(deps: {
  readonly limiter: RateLimiter;
  /** Whom an address stands for: the network, where one has many addresses. */
  readonly networkOf: (address: string) => string;
}) {
  const { limiter, networkOf } = deps;
  const pairs = escalating(limiter, "sign-in:pair", BY_ACCOUNT_AND_ADDRESS);
  const networks = escalating(limiter, "sign-in:address", BY_ADDRESS);
  const accounts = limiter.counter("sign-in:account", BY_ACCOUNT);
  const familiar = limiter.counter("sign-in:familiar", FAMILIAR);
  const mails = limiter.counter("sign-in:mails", MAILS);

  /** Counts an attempt as a wrong one; gives back what takes that back. Throws `rate_limited`. */
  async function count(pair: string, network: string, account: string, isFamiliar: boolean) {
    if (isFamiliar) {
      await pairs.take(pair);
      return () => pairs.counter.giveBack(pair);
    }
    await networks.take(network);
    try {
      const { taken, resetMs } = await pairs.take(pair);
      if (!(await accounts.take(account)).allowed && taken > 1) throw tooMany(resetMs);
    } catch (refused) {
      // Nothing was tried: who shares the address need not wait for it.
      await networks.counter.giveBack(network);
      throw refused;
    }
    return async () => {
      await pairs.counter.giveBack(pair);
      await networks.counter.giveBack(network);
      await accounts.giveBack(account);
    };
  }

  return {
    /**
     * Runs a check of a password (or of another secret that could be guessed), which gives `undefined` when it is wrong.
     * Counted before it runs, so that many at once are no way round; what turned out right, or could not be checked, is
     * given back. Throws `rate_limited` with the seconds to wait, without having run it.
     */
    async attempt<T>(
      { account, address }: SignInAttempt,
      check: () => Promise<T | undefined>,
    ): Promise<T | undefined> {
      if (address === undefined) return check();
      const network = networkOf(address);
      const pair = digest(`${network} ${account}`);
      const isFamiliar = (await familiar.peek(pair)).taken > 0;
      const giveBack = await count(pair, network, digest(account), isFamiliar);
      const right = await check().catch(async (error: unknown) => {
        await giveBack();
        throw error;
      });
      if (right === undefined) return undefined;
      await giveBack();
      await pairs.forgive(pair);
      // Anew, so that it is known from the last time on.
      await familiar.clear(pair);
      await familiar.take(pair);
      return right;
    },

    /**
     * Counts a mail that anybody may have sent to whoever has a name, whether somebody has it or not. Throws `rate_limited`:
     * who has it has the mails before it by then.
     */
    async countMail(account: string): Promise<void> {
      const { allowed, resetMs } = await mails.take(digest(account));
      if (allowed) return;
      throw rateLimited(
        (wait) =>
          `Mails for this name were asked for ${MAILS.points} times within the hour. Look for them, also among unwanted mail, or wait ${wait}.`,
        resetMs,
        { limit: "sign_in" },
      );
    },
  };
}

/** A counter that, each time it is full, blocks for longer. */
function escalating(limiter: RateLimiter, name: string, limit: Limit) {
  const counter: Counter = limiter.counter(name, limit);
  const strikes = limiter.counter(`${name}:strikes`, STRIKES);
  return {
    counter,
    async take(key: string): Promise<Count> {
      const count = await counter.take(key);
      if (count.allowed) return count;
      // Only the first beyond the limit: whoever keeps knocking does not make it longer for who shares the key.
      if (count.taken > limit.points + 1) throw tooMany(count.resetMs);
      const { taken } = await strikes.take(key);
      const seconds = Math.min(FIRST_WAIT * 2 ** (taken - 1), LONGEST_WAIT);
      await counter.block(key, seconds);
      throw tooMany(seconds * 1000);
    },
    async forgive(key: string): Promise<void> {
      await counter.clear(key);
      await strikes.clear(key);
    },
  };
}

/** What people typed (a password by mistake, now and then) is not kept, and keys have one length. */
function digest(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

function tooMany(resetMs: number): Error {
  return rateLimited(
    (wait) =>
      `Too many wrong attempts to sign in. Wait ${wait}, then try again. Tokens and API keys work on.`,
    resetMs,
    { limit: "sign_in" },
  );
}
