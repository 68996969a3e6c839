import { and, asc, eq, sql } from "drizzle-orm";
import type { IncludeStore } from "../../domain/ports/includes.ts";
import type { SqlConnection } from "./connection.ts";
import { isOneOf } from "./prompt-filter.ts";
import { includes, labels, promptRedirects, prompts } from "./schema.ts";

const columns = {
  promptId: includes.promptId,
  version: includes.version,
  name: includes.target,
  at: includes.at,
};

/** Prepares the statements of a connection once; gives what the versions of any tenant include. */
export function includeStores({ db, dialect }: SqlConnection): (tenantId: string) => IncludeStore {
  const ofTenant = eq(includes.tenantId, sql.placeholder("tenantId"));
  // A cross join, which SQLite does not turn round: from the few asked for to their rows.
  const ofVersions = db
    .select(columns)
    .from(sql`${dialect.arrays(sql.placeholder("refs"))} as ref`)
    .crossJoin(includes)
    .where(
      and(
        ofTenant,
        sql`${includes.promptId} = ref.value ->> 0`,
        sql`${includes.version} = cast(ref.value ->> 1 as integer)`,
      ),
    )
    .prepare();
  const labelled = sql`exists (
    select 1 from ${labels} where ${labels.tenantId} = ${sql.placeholder("tenantId")}
      and ${labels.promptId} = ${includes.promptId} and ${labels.version} = ${includes.version})`;
  // A name that the prompt had leads to it as its own does.
  const former = sql`exists (
    select 1 from ${promptRedirects} former where former.tenant_id = ${sql.placeholder("tenantId")}
      and former.prompt_id = ${includes.promptId} and former.name = pin.target)`;
  const pinned = sql`exists (
    select 1 from ${includes} pin where pin.tenant_id = ${sql.placeholder("tenantId")}
      and pin.at = cast(${includes.version} as text) and (pin.target = ${prompts.name} or ${former}))`;
  const users = db
    .select(columns)
    .from(includes)
    .innerJoin(prompts, and(eq(prompts.tenantId, includes.tenantId), eq(prompts.id, includes.promptId)))
    .where(
      and(
        ofTenant,
        isOneOf(dialect, includes.target, sql.placeholder("names")),
        sql`${prompts.archivedAt} is null`,
        sql`(${includes.version} = ${prompts.latestVersion} or ${labelled} or ${pinned})`,
      ),
    )
    .orderBy(asc(includes.promptId), asc(includes.version), asc(includes.target), asc(includes.at))
    .limit(sql.placeholder("limit"))
    .prepare();

  return (tenantId) => ({
    async add(promptId, version, included) {
      if (included.length === 0) return;
      await db
        .insert(includes)
        .values(included.map(({ name, at }) => ({ tenantId, promptId, version, target: name, at })))
        .run();
    },
    async of(versions) {
      const refs = JSON.stringify(versions.map(({ promptId, version }) => [promptId, version]));
      return await ofVersions.all({ tenantId, refs });
    },
    async usersOf(names, limit) {
      return await users.all({ tenantId, names: JSON.stringify(names), limit });
    },
  });
}
