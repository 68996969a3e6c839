import pg from "pg";
import { expect, it, onTestFinished } from "vitest";
import { asSuperuser } from "../support/postgres.ts";
import { createLibrary, sharedPostgres } from "../support/shared-postgres.ts";
import { describeWithPostgres } from "../support/with-postgres.ts";

/** Words of another tenant's prompts: a small library, as PostgreSQL sees it. */
const OTHERS = `
  insert into prompt_words select 'other', prompt::text, prompt,
    array_to_tsvector(array(select md5(prompt || ' ' || word) from generate_series(1, 250) as word))
  from generate_series(1, 1500) as prompt`;

describeWithPostgres("words in PostgreSQL", () => {
  it("are found by the index, and not by reading those of every tenant", async () => {
    const { name, url } = await createLibrary();
    const server = await sharedPostgres();
    await asSuperuser(server.url(name), ["set session_replication_role = replica", OTHERS]);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    onTestFinished(() => client.end());
    await client.query("begin read only");
    await client.query("select set_config('promptforge.tenant', 'some', true)");
    for (const most of [null, 1, 33]) {
      await client.query("select words_matching($1, $2, $3)", ["'tenant:some'", "'word'", most]);
    }
    const { rows } = await client.query(`
      select pg_stat_get_xact_numscans('prompt_words'::regclass)::int as whole,
        pg_stat_get_xact_numscans('prompt_words_by_word'::regclass)::int as index`);
    expect(rows).toEqual([{ whole: 0, index: 3 }]);
  });
});
