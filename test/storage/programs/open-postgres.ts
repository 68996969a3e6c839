import { openPostgresStorage } from "../../../src/storage/postgres/storage.ts";

/** Opens the library in a database, and closes it. */
const [url = "", ownerUrl] = process.argv.slice(2);
const storage = await openPostgresStorage({ url, ownerUrl });
await storage.close();
