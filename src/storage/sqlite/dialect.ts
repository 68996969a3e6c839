import { sql } from "drizzle-orm";
import type { SqlDialect } from "../sql/dialect.ts";
import { prompts } from "../sql/schema.ts";
import { wordQuery } from "./word-query.ts";

export const sqliteDialect: SqlDialect = {
  strings: (json) => sql`select value from json_each(${json})`,
  numbers: (json) => sql`select value from json_each(${json})`,
  arrays: (json) => sql`json_each(${json})`,
  field: (json, name) => sql`${json} ->> ${name}`,
  object: (rows) => sql`(select json_group_object(key, value) from (${rows}))`,
  position: (text, of) => sql`instr(${text}, ${of})`,
  day: (time) => sql<string>`date(${time} / 1000, 'unixepoch')`,
  nextSeq: sql<number>`(select coalesce(max(seq), 0) + 1 from ${prompts})`,
  size: sql<number>`(select page_count * page_size from pragma_page_count, pragma_page_size)`,
  skipLocked: sql``,
  hasWords: (tenantId, words) => {
    const query = wordQuery(tenantId, words, "prefix");
    if (query === undefined) return sql`false`;
    return sql`${prompts.seq} in (select rowid from prompt_words where prompt_words match ${query})`;
  },
};
