import { RateLimiterMemory, RateLimiterPostgres } from "rate-limiter-flexible";
import type { RateLimiter } from "../domain/ports/rate-limiter.ts";
import { createRateLimiter } from "./rate-limiter.ts";

const TABLE = "limit_counters";
const SWEEP_MS = 300_000;

/** What is asked of the pool of connections. */
interface Pool {
  query(text: string, values: readonly unknown[]): Promise<unknown>;
}

/**
 * Counters that the replicas of one library share, in a table of its database that is not written to the log: they may be lost
 * with the power. When the database cannot count, each replica counts for itself.
 */
export function createPostgresRateLimiter(pool: Pool): RateLimiter {
  const sweep = setInterval(() => {
    // Housekeeping: what fails now is done the next time.
    pool.query(`delete from ${TABLE} where expire < $1`, [Date.now()]).catch(() => undefined);
  }, SWEEP_MS);
  sweep.unref();
  return createRateLimiter(
    (name, { points, seconds }) => {
      const options = { keyPrefix: name, points, duration: seconds };
      return new RateLimiterPostgres({
        ...options,
        storeClient: pool,
        storeType: "pool",
        tableName: TABLE,
        tableCreated: true,
        clearExpiredByTimeout: false,
        insuranceLimiter: new RateLimiterMemory(options),
      });
    },
    () => clearInterval(sweep),
  );
}
