import { sql } from "drizzle-orm";
import type { WordIndex } from "../../domain/ports/storage.ts";
import type { SqliteConnection } from "./connection.ts";
import { promptCondition } from "./prompt-filter.ts";
import { prompts } from "./schema.ts";
import { tenantToken, wordQuery } from "./word-query.ts";

/** Prepares the statements of a connection once; gives the full-text index of any tenant. */
export function wordIndexes({ client, db }: SqliteConnection): (tenantId: string) => WordIndex {
  const put = client.prepare(`
    insert or replace into prompt_words (rowid, tenant, name, title, tags, description, content)
    select seq, @tenant, @name, @title, @tags, @description, @content
    from prompts where tenant_id = @tenantId and id = @promptId`);
  const remove = client.prepare(
    "delete from prompt_words where rowid = (select seq from prompts where tenant_id = ? and id = ?)",
  );

  return (tenantId) => ({
    async put({ promptId, name, title, description, tags, content }) {
      const { changes } = put.run({
        tenantId,
        tenant: tenantToken(tenantId),
        promptId,
        name,
        title,
        description,
        tags: tags.join("\n"),
        content,
      });
      if (changes === 0) throw new Error("Programming error: words of a prompt that is not stored.");
    },
    async remove(promptId) {
      remove.run(tenantId, promptId);
    },
    async match(terms, filter) {
      const passes = promptCondition(tenantId, filter);
      return new Map(
        terms.map((term) => {
          const query = wordQuery(tenantId, [term], "word");
          // A cross join, which SQLite does not turn round: from the few that have the word to their prompts.
          const rows = db.values<[string]>(sql`
            select ${prompts.id} from prompt_words cross join ${prompts} on ${prompts.seq} = prompt_words.rowid
            where prompt_words match ${query} and ${passes}`);
          return [term, rows.map(([id]) => id)] as const;
        }),
      );
    },
  });
}
