import { count, desc, ne, sql } from "drizzle-orm";
import type { LibraryGauges } from "../../domain/ports/storage.ts";
import type { SqlDatabase } from "./connection.ts";
import { NEVER } from "./outbox-queue.ts";
import { mails, outbox, tenants, tenantUsage, webhookDeliveries } from "./schema.ts";

/** How a library stands, for metrics: asked every some seconds, so that nothing in it reads more than a queue or an index. */
export function libraryGauges(database: SqlDatabase): (largest: number) => Promise<LibraryGauges> {
  const { db, dialect } = database.reader;
  const oldest = db
    .select({ at: sql<number | null>`min(${outbox.enqueuedAt})` })
    .from(outbox)
    .where(ne(outbox.dueAt, NEVER))
    .prepare();
  const deliveries = db
    .select({ count: count() })
    .from(webhookDeliveries)
    // As the partial index has it.
    .where(sql`${webhookDeliveries.state} = 'waiting'`)
    .prepare();
  const waitingMails = db.select({ count: count() }).from(mails).prepare();
  const tenantCount = db.select({ count: count() }).from(tenants).prepare();
  const sums = db
    .select({
      prompts: sql<number>`coalesce(sum(${tenantUsage.prompts}), 0)`,
      versions: sql<number>`coalesce(sum(${tenantUsage.versions}), 0)`,
      storageBytes: sql<number>`coalesce(sum(${tenantUsage.storageBytes}), 0)`,
    })
    .from(tenantUsage)
    .prepare();
  const bySize = db
    .select({
      tenantId: tenantUsage.tenantId,
      prompts: tenantUsage.prompts,
      versions: tenantUsage.versions,
      storageBytes: tenantUsage.storageBytes,
    })
    .from(tenantUsage)
    .orderBy(desc(tenantUsage.storageBytes), tenantUsage.tenantId)
    .limit(sql.placeholder("largest"))
    .prepare();
  const size = sql`select ${dialect.size}`;

  return (largest) =>
    database.read(async () => {
      const at = (await oldest.get())?.at ?? undefined;
      const total = await sums.get();
      const [[bytes] = [0]] = await db.values<[number]>(size);
      return {
        indexWaitsSince: at === undefined ? undefined : new Date(Number(at)),
        webhooksWaiting: (await deliveries.get())?.count ?? 0,
        mailsWaiting: (await waitingMails.get())?.count ?? 0,
        bytes: Number(bytes),
        tenants: (await tenantCount.get())?.count ?? 0,
        largest: await bySize.all({ largest }),
        all: {
          prompts: Number(total?.prompts ?? 0),
          versions: Number(total?.versions ?? 0),
          storageBytes: Number(total?.storageBytes ?? 0),
        },
      };
    });
}
