import Database from "better-sqlite3";
import { z } from "zod";
import { AppError } from "../../domain/errors.ts";
import type { OriginalLibrary, OriginalProblem, OriginalRow } from "../../domain/ports/original-library.ts";
import { databaseFile } from "./database-file.ts";
import { type Tables, tablesOf } from "./tables.ts";
import { timeSchema } from "./time.ts";

const id = z.int();

const userRow = z
  .object({
    id,
    username: z.string().trim().min(1),
    hashed_password: z.string(),
    role: z.string().nullable(),
    tenant_id: z.string().min(1),
  })
  .transform((row) => ({
    id: row.id,
    username: row.username,
    hashedPassword: row.hashed_password,
    role: row.role ?? "",
    tenantId: row.tenant_id,
  }));

const promptRow = z
  .object({ id, content: z.string(), user_id: z.int().nullable(), created_at: timeSchema })
  .transform((row) => ({
    id: row.id,
    content: row.content,
    userId: row.user_id ?? undefined,
    createdAt: row.created_at,
  }));

const versionRow = z
  .object({ id, version_number: z.int().min(1), content: z.string(), created_at: timeSchema })
  .transform((row) => ({
    id: row.id,
    number: row.version_number,
    content: row.content,
    createdAt: row.created_at,
  }));

/**
 * Opens the original's database, read-only. Throws `invalid_input` for what is none of its: another database, other tables.
 * @param location a path, or a URL as SQLAlchemy has it.
 */
export function openOriginalLibrary(location: string): OriginalLibrary {
  const file = databaseFile(location);
  const client = open(file);
  try {
    const tables = tablesOf(client, file);
    return read(client, tables);
  } catch (thrown) {
    client.close();
    throw isNoDatabase(thrown) ? notReadable(file, "it is no SQLite database") : thrown;
  }
}

function read(client: Database.Database, { user, prompt, version }: Tables): OriginalLibrary {
  const users = client.prepare(`select ${user.columns} from ${user.name} order by id`);
  const prompts = client.prepare(
    `select ${prompt.columns} from ${prompt.name} where tenant_id = ? order by id`,
  );
  const versions =
    version &&
    client.prepare(
      `select ${version.columns} from ${version.name} where prompt_id = ? order by version_number, id`,
    );
  const texts = (sql: string) => client.prepare<[], string>(sql).pluck().all();

  return {
    count: () =>
      [user, prompt, version]
        .flatMap((table) => (table === undefined ? [] : [table.name]))
        .map((name) => client.prepare<[], number>(`select count(*) from ${name}`).pluck().get() ?? 0)
        .reduce((sum, count) => sum + count, 0),
    users: () => rowsOf("user", userRow, users.all()),
    prompts: (tenantId) => rowsOf("prompt", promptRow, prompts.all(tenantId)),
    versions: (promptId) => rowsOf("promptversion", versionRow, versions?.all(promptId) ?? []),
    tenantsWithoutUsers: () =>
      texts(
        `select distinct coalesce(tenant_id, '') from ${prompt.name} where coalesce(tenant_id, '') not in
         (select coalesce(tenant_id, '') from ${user.name}) order by 1`,
      ),
    strayVersions: () =>
      version === undefined
        ? []
        : client
            .prepare<[], number>(
              `select id from ${version.name} where prompt_id is null or prompt_id not in (select id from ${prompt.name}) order by id`,
            )
            .pluck()
            .all(),
    close: () => client.close(),
  };
}

function* rowsOf<Row>(
  table: OriginalProblem["table"],
  schema: z.ZodType<Row>,
  rows: readonly unknown[],
): Iterable<OriginalRow<Row>> {
  for (const found of rows) {
    const parsed = schema.safeParse(found);
    if (parsed.success) yield { row: parsed.data };
    else yield { problem: { table, id: idOf(found), reason: reasonOf(parsed.error) } };
  }
}

function idOf(row: unknown): string {
  return typeof row === "object" && row !== null && "id" in row ? String(row.id) : "?";
}

/** Which columns are wrong, and none of what is in them. */
function reasonOf({ issues }: z.ZodError): string {
  const columns = [...new Set(issues.map(({ path }) => path.join(".")))];
  return `${columns.join(", ")} cannot be read`;
}

function open(file: string): Database.Database {
  try {
    const client = new Database(file, { readonly: true, fileMustExist: true });
    client.pragma("trusted_schema = OFF");
    return client;
  } catch {
    throw notReadable(file, "there is no such file, or it may not be read");
  }
}

function isNoDatabase(thrown: unknown): boolean {
  return thrown instanceof Database.SqliteError && ["SQLITE_NOTADB", "SQLITE_CORRUPT"].includes(thrown.code);
}

function notReadable(file: string, reason: string): AppError {
  return new AppError("invalid_input", `${file} cannot be read: ${reason}. Name the original's database.`);
}
