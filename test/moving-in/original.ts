import { join } from "node:path";
import { hashSync } from "bcryptjs";
import Database from "better-sqlite3";

export const ACME = "0b9a3c52-6d0f-4a56-9f0e-2f6f7c1d8e11";
export const LONE = "7c1d8e11-9f0e-4a56-6d0f-2f6f0b9a3c52";
export const OLD_PASSWORD = "what I always used";

/** bcrypt as passlib wrote it; few rounds, since the test waits for them. */
export const hash = (password: string) => hashSync(password, 4).replace(/^\$2a/, "$2b");

export interface Tables {
  readonly user?: string;
  readonly prompt?: string;
  readonly promptversion?: string;
}

/** A database with the tables that SQLModel makes for the original, and nothing in it. */
export function originalDatabase(folder: string, names: Tables = {}) {
  const file = join(folder, "promptforge.db");
  const { user = "user", prompt = "prompt", promptversion = "promptversion" } = names;
  const db = new Database(file);
  db.exec(`
    create table "${user}" (id integer not null primary key, username varchar not null, hashed_password varchar not null,
      role varchar not null, tenant_id varchar not null);
    create unique index ix_user_username on "${user}" (username);
    create table "${prompt}" (id integer not null primary key, content varchar not null, user_id integer not null references "${user}" (id),
      tenant_id varchar not null, created_at datetime not null);
    create table "${promptversion}" (id integer not null primary key, prompt_id integer not null references "${prompt}" (id),
      version_number integer not null, content varchar not null, created_at datetime not null);`);
  db.pragma("foreign_keys = OFF");
  let versions = 0;
  return {
    file,
    db,
    user(
      id: number,
      username: string,
      tenant: unknown,
      role = "user",
      password: unknown = hash(OLD_PASSWORD),
    ) {
      db.prepare(`insert into "${user}" values (?, ?, ?, ?, ?)`).run(id, username, password, role, tenant);
    },
    prompt(id: number, userId: number, tenant: string, content: unknown, at = "2024-03-01 10:00:00.123456") {
      db.prepare(`insert into "${prompt}" values (?, ?, ?, ?, ?)`).run(id, content, userId, tenant, at);
    },
    version(promptId: number, number: unknown, content: unknown, at = "2024-03-02 11:00:00.000000") {
      versions += 1;
      db.prepare(`insert into "${promptversion}" values (?, ?, ?, ?, ?)`).run(
        versions,
        promptId,
        number,
        content,
        at,
      );
    },
  };
}

export type OriginalDatabase = ReturnType<typeof originalDatabase>;

/** Two tenants as they were used: one of three people and one of a single person. */
export function furnish(original: OriginalDatabase): void {
  original.user(1, "Ada", ACME, "admin");
  original.user(2, "bob", ACME, "reviewer");
  original.user(3, "eve", LONE, "user");
  original.prompt(1, 1, ACME, "Sort this message by urgency");
  original.version(1, 1, "Sort this message", "2024-03-01 10:00:00.123456");
  original.version(1, 3, "Sort this message by urgency", "2024-03-05 09:30:00");
  original.prompt(2, 2, ACME, "Answer {{customer}} kindly", "2024-04-01T08:00:00+02:00");
  original.prompt(3, 2, ACME, "Answer {{customer}} kindly", "2024-04-02 00:00:00");
  original.prompt(4, 3, LONE, "A lone prompt");
  original.version(4, 1, "A lone prompt");
  original.version(4, 2, "An edited lone prompt");
}
