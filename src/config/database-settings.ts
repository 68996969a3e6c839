import { z } from "zod";

const postgresUrl = z
  .url({ protocol: /^postgres(ql)?$/ })
  .refine((text) => URL.parse(text)?.username !== "", "must name a user");

/** Settings of a library in PostgreSQL; a part of the environment's schema. */
export const databaseSettings = {
  /** The database, as the role that the server works as. Left out: SQLite, in the data folder. */
  DATABASE_URL: postgresUrl.optional(),
  /** The same database as the role that owns the tables and migrates. Left out: the role of DATABASE_URL does, if it may. */
  DATABASE_OWNER_URL: postgresUrl.optional(),
  /** Connections of this process at most. */
  PROMPTFORGE_DATABASE_CONNECTIONS: z.coerce.number().int().min(2).max(1_000).default(10),
  /** How long the database may take for one statement. */
  PROMPTFORGE_DATABASE_STATEMENT_SECONDS: z.coerce.number().int().min(1).max(3_600).default(30),
  /** Seals the signing keys, which the replicas share in the database: the same for all of them. */
  PROMPTFORGE_KEYS_SECRET: z.string().min(32, "must be 32 characters or more, at random").optional(),
};

const settingsSchema = z.object(databaseSettings);

export interface DatabaseConfig {
  readonly url: string;
  readonly ownerUrl: string | undefined;
  readonly connections: number;
  readonly statementMs: number;
  readonly keysSecret: string;
}

/** `undefined`: the library is in the data folder. */
export function databaseConfig(
  settings: z.infer<typeof settingsSchema>,
  isQdrant: boolean,
): DatabaseConfig | undefined | { readonly problems: readonly string[] } {
  const { DATABASE_URL: url, DATABASE_OWNER_URL: ownerUrl, PROMPTFORGE_KEYS_SECRET: keysSecret } = settings;
  if (url === undefined) {
    // PROMPTFORGE_KEYS_SECRET alone is for a library that is moved to PostgreSQL.
    return ownerUrl === undefined
      ? undefined
      : { problems: ["DATABASE_OWNER_URL is for PostgreSQL: set DATABASE_URL too"] };
  }
  const problems = [
    ...(isQdrant ? [] : ["DATABASE_URL needs QDRANT_URL: PostgreSQL keeps no index of meanings"]),
    ...(keysSecret === undefined
      ? ["DATABASE_URL needs PROMPTFORGE_KEYS_SECRET, which seals the signing keys that replicas share"]
      : []),
  ];
  if (problems.length > 0 || keysSecret === undefined) return { problems };
  return {
    url,
    ownerUrl,
    connections: settings.PROMPTFORGE_DATABASE_CONNECTIONS,
    statementMs: settings.PROMPTFORGE_DATABASE_STATEMENT_SECONDS * 1000,
    keysSecret,
  };
}
