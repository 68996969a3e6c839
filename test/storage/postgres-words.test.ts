import pg from "pg";
import { expect, it, onTestFinished } from "vitest";
import { prefixQuery, termQuery } from "../../src/storage/postgres/word-query.ts";
import { asSuperuser } from "../support/postgres.ts";
import { createLibrary, openPostgres, sharedPostgres } from "../support/shared-postgres.ts";
import { describeWithPostgres } from "../support/with-postgres.ts";
import { found, store } from "./fixtures.ts";

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
      await client.query("select words_matching($1, $2, $3)", ["some", termQuery("some", "word"), most]);
    }
    const { rows } = await client.query(`
      select pg_stat_get_xact_numscans('prompt_words'::regclass)::int as whole,
        pg_stat_get_xact_numscans('prompt_words_by_word'::regclass)::int as index`);
    expect(rows).toEqual([{ whole: 0, index: 3 }]);
  });

  it("stand behind their tenant's mark, in the index as in what is asked of it: those of others cost nothing", async () => {
    const library = await createLibrary();
    const storage = await openPostgres(library);
    const [ann, bob] = [await found(storage), await found(storage)];
    await store(storage, ann, { tags: ["tag"] }, "a word, 2 words");
    await store(storage, bob, {}, "other words");
    const server = await sharedPostgres();
    for (const { tenantId } of [ann, bob]) {
      expect(await marksOf(server.url(library.name), tenantId)).toEqual([tenantId.slice(-12)]);
      const asked = [prefixQuery(tenantId, ["w", "ot-he"]), termQuery(tenantId, "two words", "A")].join(" ");
      const words = asked.match(/'[^']*'/g) ?? [];
      expect(words).toHaveLength(5);
      for (const word of words) expect(word.startsWith(`'${tenantId.slice(-12)}:`)).toBe(true);
    }
  });

  it("are a tenant's own even where another has the same mark", async () => {
    const library = await createLibrary();
    const storage = await openPostgres(library);
    const ann = await found(storage);
    const { id } = await store(storage, ann, {}, "word");
    const server = await sharedPostgres();
    await asSuperuser(server.url(library.name), [
      "set session_replication_role = replica",
      `insert into prompt_words select 'x' || tenant_id, 'other', -1, words from prompt_words`,
    ]);
    const held = await storage.tenant(ann.tenantId).read(async ({ words }) => ({
      count: await words.count(["word"]),
      best: await words.best(await words.list([{ term: "word", weight: 1 }]), {
        filter: {},
        limit: 5,
        titleWeight: 0,
      }),
    }));
    expect([...held.count.values()]).toEqual([1]);
    expect([...held.best.keys()]).toEqual([id]);
  });

  it("of a library from before they stood behind marks are found as they were", async () => {
    const library = await createLibrary();
    const before = await openPostgres(library);
    const ann = await found(before);
    const { id } = await store(
      before,
      ann,
      { name: "x/y", title: "Tītle", description: "" },
      "it's word word",
    );
    const server = await sharedPostgres();
    const vector = `'tenant:${ann.tenantId}' 'x':1A 'y':2A 'title':4B 'it':6 's':7 'word':8,9`;
    await asSuperuser(server.url(library.name), [
      `update prompt_words set words = $$${vector}$$`,
      // Without what came after: the last two migrations are made again.
      "drop table splits",
      "drop index prompts_live_by_seq",
      "delete from __drizzle_migrations where id >= (select max(id) - 1 from __drizzle_migrations)",
    ]);
    const after = await openPostgres(library);
    const terms = ["title", "it's", "word word", "word", "tenant", "wor"];
    const { counts, held } = await after.tenant(ann.tenantId).read(async ({ words }) => ({
      counts: await words.count(terms),
      held: await words.heldBy(
        [id],
        await words.list([
          { term: "title", weight: 1 },
          { term: "word", weight: 1 },
        ]),
      ),
    }));
    expect([...counts.values()]).toEqual([1, 1, 1, 1, 0, 0]);
    expect(held.get(id)).toEqual({ terms: ["title", "word"], titled: ["title"] });
    expect(await marksOf(server.url(library.name), ann.tenantId)).toEqual([ann.tenantId.slice(-12)]);
  });
});

/** What stands before the colon in the words of a tenant's prompts. */
async function marksOf(url: string, tenantId: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  onTestFinished(() => client.end());
  const { rows } = await client.query(
    "select distinct split_part(lexeme, ':', 1) as mark from prompt_words, unnest(words) where tenant_id = $1",
    [tenantId],
  );
  return rows.map(({ mark }) => mark);
}
