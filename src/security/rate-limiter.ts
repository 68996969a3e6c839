import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRes } from "rate-limiter-flexible";
import type { Count, Counter, Limit, RateLimiter } from "../domain/ports/rate-limiter.ts";

/** Counters in this process's memory: for a library that one process serves. They start anew with it. */
export function createMemoryRateLimiter(): RateLimiter {
  return createRateLimiter((name, { points, seconds }) => {
    return new RateLimiterMemory({ keyPrefix: name, points, duration: seconds });
  });
}

/** Counters made by the library's limiters, each made once. */
export function createRateLimiter(
  make: (name: string, limit: Limit) => RateLimiterAbstract,
  close: () => void = () => undefined,
): RateLimiter {
  const counters = new Map<string, Counter>();
  return {
    counter(name, limit) {
      const known = counters.get(name) ?? counterOf(make(name, limit), limit);
      counters.set(name, known);
      return known;
    },
    close,
  };
}

function counterOf(limiter: RateLimiterAbstract, limit: Limit): Counter {
  const countOf = (found: RateLimiterRes | null): Count => {
    const taken = Math.max(0, found?.consumedPoints ?? 0);
    return {
      taken,
      allowed: taken <= limit.points,
      remaining: Math.max(0, limit.points - taken),
      resetMs: Math.max(0, found?.msBeforeNext ?? limit.seconds * 1000),
    };
  };
  return {
    limit,
    async take(key) {
      try {
        return countOf(await limiter.consume(key));
      } catch (thrown) {
        // The library rejects with the count where it is above the limit.
        if (thrown instanceof RateLimiterRes) return countOf(thrown);
        throw thrown;
      }
    },
    async peek(key) {
      const found = await limiter.get(key);
      // One whose window has ended may still be there.
      const count = countOf(found !== null && found.msBeforeNext > 0 ? found : null);
      return { ...count, allowed: count.taken < limit.points };
    },
    async giveBack(key) {
      await limiter.reward(key);
    },
    async block(key, seconds) {
      await limiter.block(key, seconds);
    },
    async clear(key) {
      await limiter.delete(key);
    },
  };
}
