import { sql } from "drizzle-orm";
import type { SharedDocument } from "../../domain/ports/shared-document.ts";
import type { PostgresDatabase } from "./database.ts";

/** A document by its name, for the directory alone. */
export function sharedDocument(database: PostgresDatabase, name: string): SharedDocument {
  const { db } = database.connection;
  return {
    async read() {
      const [row] = await database.read(async () =>
        db.values<[text: string, revision: number]>(
          sql`select text, revision from shared_documents where name = ${name}`,
        ),
      );
      return row && { text: row[0], revision: row[1] };
    },
    async write(text, since) {
      const { changes } = await database.write(async () =>
        since === 0
          ? db.run(
              sql`insert into shared_documents (name, text, revision) values (${name}, ${text}, 1) on conflict do nothing`,
            )
          : db.run(
              sql`update shared_documents set text = ${text}, revision = revision + 1 where name = ${name} and revision = ${since}`,
            ),
      );
      return changes > 0;
    },
  };
}
