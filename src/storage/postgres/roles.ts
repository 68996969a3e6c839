import type pg from "pg";
import { AppError } from "../../domain/errors.ts";

/** The role that a server works as when one URL is all that it was given, and that role owns the tables. */
export const SERVER_ROLE = "promptforge_server";

/** Makes the role, unless it is there, and lets the connection's own role become it. Throws `unavailable`, with what to do. */
export async function ensureServerRole(owner: pg.ClientBase): Promise<void> {
  const { rowCount } = await owner.query("select 1 from pg_roles where rolname = $1", [SERVER_ROLE]);
  try {
    if (rowCount === 0) {
      // Racing starters: the role of whoever was first serves all.
      await owner
        .query(`create role ${SERVER_ROLE} nologin nosuperuser nobypassrls nocreatedb nocreaterole noinherit`)
        .catch(unlessThere);
    }
    await owner.query(`grant ${SERVER_ROLE} to current_user`);
  } catch (thrown) {
    throw new AppError(
      "unavailable",
      "The role of DATABASE_URL may not make another role for the server to work as. " +
        "Name a role that owns nothing in DATABASE_URL, and the one that owns the tables in DATABASE_OWNER_URL: see docs/postgresql.md.",
      undefined,
      thrown,
    );
  }
}

function unlessThere(thrown: unknown): void {
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  if (code !== "42710" && code !== "23505") throw thrown;
}

/** Row-level security binds neither a superuser, nor who may bypass it, and an owner could take it away. */
export async function assertBound(client: pg.ClientBase): Promise<void> {
  const { rows } = await client.query(`
    select rolsuper or rolbypassrls as bypasses,
      exists (select 1 from pg_tables where schemaname = current_schema() and tableowner = current_user) as owns
    from pg_roles where rolname = current_user`);
  const { bypasses, owns } = rows[0] ?? { bypasses: true, owns: true };
  if (!bypasses && !owns) return;
  throw new AppError(
    "unavailable",
    `The role that the server works as ${bypasses ? "may bypass row-level security" : "owns the tables"}, which keeps tenants apart. ` +
      "Name a role that may neither in DATABASE_URL: see docs/postgresql.md.",
  );
}
