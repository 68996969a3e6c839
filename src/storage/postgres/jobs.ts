import { randomUUID } from "node:crypto";
import { sql } from "drizzle-orm";
import type { Storage } from "../../domain/ports/storage.ts";
import type { PostgresDatabase } from "./database.ts";

/** Jobs that one of the replicas does at a time. The database tells the time: the clocks of replicas may differ. */
export function jobClaims({ queues }: PostgresDatabase): Storage["claimJob"] {
  const holder = randomUUID();
  return async (name, milliseconds) => {
    const until = sql`clock_timestamp() + ${milliseconds}::float8 * interval '1 millisecond'`;
    const { changes } = await queues.write(async () =>
      queues.writer.db.run(sql`insert into jobs as known (name, holder, until) values (${name}, ${holder}, ${until})
        on conflict (name) do update set holder = excluded.holder, until = excluded.until
        where known.holder = excluded.holder or known.until <= clock_timestamp()`),
    );
    return changes > 0;
  };
}
