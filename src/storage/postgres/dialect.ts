import { sql } from "drizzle-orm";
import type { SqlDialect } from "../sql/dialect.ts";
import { prompts } from "../sql/schema.ts";
import { prefixQuery } from "./word-query.ts";

export const postgresDialect: SqlDialect = {
  strings: (json) => sql`select value from jsonb_array_elements_text(cast(${json} as jsonb)) as value`,
  numbers: (json) =>
    sql`select cast(value as bigint) as value from jsonb_array_elements_text(cast(${json} as jsonb)) as value`,
  arrays: (json) => sql`(select value from jsonb_array_elements(cast(${json} as jsonb)) as value)`,
  field: (json, name) => sql`cast(${json} as jsonb) ->> ${name}`,
  object: (rows) =>
    sql`(select coalesce(cast(json_object_agg(entry.key, entry.value) as text), '{}') from (${rows}) as entry)`,
  position: (text, of) => sql`strpos(${text}, ${of})`,
  day: (time) =>
    sql<string>`to_char(to_timestamp(${time} / 1000) at time zone 'UTC', 'YYYY-MM-DD') collate "C"`,
  nextSeq: sql<number>`nextval('prompts_seq_number')`,
  size: sql<number>`pg_database_size(current_database())`,
  skipLocked: sql`for update skip locked`,
  hasWords: (tenantId, words) => {
    const query = prefixQuery(tenantId, words);
    if (query === undefined) return sql`false`;
    return sql`${prompts.seq} in (select words_matching(${tenantId}, ${query}, null))`;
  },
};
