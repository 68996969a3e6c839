import type Database from "better-sqlite3";
import { AppError } from "../../domain/errors.ts";

export interface Table {
  /** Quoted, for SQL. */
  readonly name: string;
  /** What to select; a column that is not there is null. */
  readonly columns: string;
}

export interface Tables {
  readonly user: Table;
  readonly prompt: Table;
  /** Missing in the earliest databases. */
  readonly version: Table | undefined;
}

/** SQLModel names a table after its class; people who set names of their own chose these. */
const NAMES = {
  user: ["user", "users"],
  prompt: ["prompt", "prompts"],
  version: ["promptversion", "prompt_version", "promptversions", "prompt_versions"],
} as const;

const COLUMNS = {
  user: { needed: ["id", "username", "hashed_password", "tenant_id"], optional: ["role"] },
  prompt: { needed: ["id", "content", "tenant_id"], optional: ["user_id", "created_at"] },
  version: { needed: ["id", "prompt_id", "version_number", "content"], optional: ["created_at"] },
} as const;

/** The original's tables in a database. Throws `invalid_input` that says what is missing. */
export function tablesOf(client: Database.Database, file: string): Tables {
  const names = client
    .prepare<[], string>("select name from sqlite_schema where type in ('table', 'view')")
    .pluck()
    .all();
  const find = (kind: keyof typeof NAMES): Table | undefined => {
    const name = names.find((candidate) => NAMES[kind].some((known) => known === candidate.toLowerCase()));
    return name === undefined ? undefined : tableOf(client, file, kind, name);
  };
  const [user, prompt, version] = [find("user"), find("prompt"), find("version")];
  if (user === undefined || prompt === undefined) {
    throw new AppError(
      "invalid_input",
      `${file} is not the original PromptForge's database: it has no table ${user === undefined ? "user" : "prompt"}.`,
    );
  }
  return { user, prompt, version };
}

function tableOf(client: Database.Database, file: string, kind: keyof typeof NAMES, name: string): Table {
  const present = new Set(
    client.prepare<[string], string>("select name from pragma_table_info(?)").pluck().all(name),
  );
  const { needed, optional } = COLUMNS[kind];
  const missing = needed.filter((column) => !present.has(column));
  if (missing.length > 0) {
    throw new AppError(
      "invalid_input",
      `${file} is not the original PromptForge's database: its table ${name} has no ${missing.join(", ")}.`,
    );
  }
  const columns = [
    ...needed,
    ...optional.map((column) => (present.has(column) ? column : `null as ${column}`)),
  ];
  return { name: `"${name.replaceAll('"', '""')}"`, columns: columns.join(", ") };
}
