import { Gauge, type Registry } from "prom-client";
import type { OutboxCounts } from "../../domain/ports/outbox.ts";
import type { LibraryGauges } from "../../domain/ports/storage.ts";

/** How the library stands when it is asked. */
export interface LibraryFigures {
  readonly outbox: () => Promise<OutboxCounts>;
  readonly library: () => Promise<LibraryGauges>;
  /** Whether search goes by meaning. */
  readonly indexReady: () => Promise<boolean>;
  /** `undefined`: there is none yet, or none are made by themselves. */
  readonly newestBackup: () => Promise<Date | undefined>;
  /** 0: none are made by themselves. */
  readonly backupEverySeconds: number;
  /** Bytes: of the database's write-ahead log, and what its disk has left. `undefined` where it is on another machine. */
  readonly disk: (() => Promise<{ readonly log: number; readonly free: number }>) | undefined;
  readonly now: () => Date;
}

/** Of the same state for all who ask within so long: a query each time would be one to put load on the database with. */
const FRESH_MS = 5_000;

/**
 * Gauges of how the library stands. They are read when what this gives is called, and never rejects: what cannot be read stays
 * as it was, and `promptforge_library_up` says so.
 */
export function createLibraryGauges(figures: LibraryFigures, registers: Registry[]): () => Promise<void> {
  const gauge = (name: string, help: string, ...labelNames: string[]) =>
    new Gauge({ name: `promptforge_${name}`, help, labelNames, registers });
  const outbox = gauge("outbox_entries", "Prompts that the index is still to hear of", "stage");
  const failing = gauge("outbox_failing", "Of these, those that failed when they were tried last");
  const buried = gauge("outbox_buried", "Of these, those that failed too often and are not tried again");
  const lag = gauge("index_lag_seconds", "For how long the oldest prompt has waited to be indexed");
  const indexReady = gauge("index_ready", "1: search goes by meaning; 0: by words only");
  const webhooks = gauge("webhook_deliveries_waiting", "Deliveries that are still to be made");
  const mails = gauge("mails_waiting", "Mails that are still to be sent");
  const tenants = gauge("tenants", "Tenants");
  const tenantLabels = ["tenant"];
  const prompts = gauge(
    "tenant_prompts",
    "Prompts, of the largest tenants, and of all the others",
    ...tenantLabels,
  );
  const versions = gauge(
    "tenant_versions",
    "Versions, of the largest tenants, and of all the others",
    ...tenantLabels,
  );
  const bytes = gauge(
    "tenant_storage_bytes",
    "Text of all versions, of the largest tenants, and of all the others",
    ...tenantLabels,
  );
  const backup = gauge("backup_newest_timestamp_seconds", "When the newest scheduled backup was made");
  gauge("backup_interval_seconds", "How often one is to be made; 0: none are made by themselves").set(
    figures.backupEverySeconds,
  );
  const databaseBytes = gauge("database_bytes", "Size of the database");
  // A gauge that is never set says 0, which would wake somebody.
  const disk = figures.disk && {
    read: figures.disk,
    log: gauge("database_wal_bytes", "Size of its write-ahead log"),
    free: gauge("disk_free_bytes", "What the disk of the database has left"),
  };
  const up = gauge("library_up", "1: the library could be asked; 0: the figures of it are old");

  let lookedAt = Number.NEGATIVE_INFINITY;
  let looking: Promise<void> | undefined;
  return () => {
    if (looking === undefined || performance.now() - lookedAt > FRESH_MS) {
      lookedAt = performance.now();
      looking = read().then(
        () => up.set(1),
        () => up.set(0),
      );
    }
    return looking;
  };

  async function read(): Promise<void> {
    const counts = await figures.outbox();
    outbox.labels("first").set(counts.first);
    outbox.labels("rest").set(counts.rest);
    failing.set(counts.failing);
    buried.set(counts.buried);
    const library = await figures.library();
    const since = library.indexWaitsSince;
    lag.set(since === undefined ? 0 : Math.max(0, (figures.now().getTime() - since.getTime()) / 1000));
    webhooks.set(library.webhooksWaiting);
    mails.set(library.mailsWaiting);
    databaseBytes.set(library.bytes);
    tenants.set(library.tenants);
    setTenants(library);
    indexReady.set((await figures.indexReady()) ? 1 : 0);
    const newest = await figures.newestBackup();
    if (newest !== undefined) backup.set(newest.getTime() / 1000);
    if (disk === undefined) return;
    const { log, free } = await disk.read();
    disk.log.set(log);
    disk.free.set(free);
  }

  function setTenants({ largest, all }: LibraryGauges): void {
    const kinds = [
      [prompts, "prompts"],
      [versions, "versions"],
      [bytes, "storageBytes"],
    ] as const;
    for (const [kind, of] of kinds) {
      // Whoever is no longer among the largest has no series any more.
      kind.reset();
      let told = 0;
      for (const tenant of largest) {
        kind.labels(tenant.tenantId).set(tenant[of]);
        told += tenant[of];
      }
      kind.labels("others").set(all[of] - told);
    }
  }
}
