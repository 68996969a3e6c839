import { fileURLToPath } from "node:url";
import { AppError } from "../../domain/errors.ts";

/** `sqlite:///file`, `sqlite+aiosqlite:////abs/file?mode=ro`: SQLAlchemy's way to name a file. */
const SQLALCHEMY = /^sqlite(?:\+\w+)?:\/\/\/?([^?]*)(?:\?.*)?$/i;
const OTHER_DATABASE = /^([a-z][\w+.-]*):\/\//i;

/**
 * The file that a path, a SQLAlchemy URL or a `file:` URL names. Throws `invalid_input` for another database, and for one
 * in memory.
 */
export function databaseFile(location: string): string {
  if (/^file:\/\//i.test(location)) return fileURLToPath(location.replace(/\?.*$/, ""));
  const named = SQLALCHEMY.exec(location)?.[1];
  if (named === "" || named === ":memory:" || location === ":memory:") {
    throw new AppError(
      "invalid_input",
      "This names a database in memory. Name the file of the original's database.",
    );
  }
  if (named !== undefined) return decodeURIComponent(named);
  const scheme = OTHER_DATABASE.exec(location)?.[1];
  if (scheme === undefined) return location;
  throw new AppError(
    "invalid_input",
    `Only SQLite databases can be read, and this names one of ${scheme}. Give the path of the file, or sqlite:///path.`,
  );
}
