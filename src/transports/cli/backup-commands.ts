import { resolve } from "node:path";
import type { Command } from "commander";
import type { BackupVerdict } from "../../backup/verify-backup.ts";
import { AppError } from "../../domain/errors.ts";
import { PARTLY_FAILED } from "./exit-codes.ts";
import { type CommandHost, type Invocation, onRun, withApp } from "./invocation.ts";
import { printJson } from "./io.ts";
import { progressBar } from "./progress-bar.ts";
import { onTermination } from "./termination.ts";

/** `backup`, `backup verify` and `backup restore`: for the operator at the machine. */
export function addBackupCommands(program: Command, host: CommandHost): void {
  const backup = program
    .command("backup")
    .summary("Make a backup, check one, bring one back")
    .description(
      "Copies the library and its signing keys to a new folder, as they stand at one moment, while a server goes on writing. The " +
        "folder appears when all of it is checked and on the disk. Whoever has it has the library: keep it as safe.",
    )
    .argument(
      "[folder]",
      "Folder to make, in one that is there; by default one named by the time, in PROMPTFORGE_BACKUP_DIR or here",
    )
    .addHelpText(
      "after",
      "\nExamples:\n  $ promptforge backup\n  $ promptforge backup /mnt/backups/before-upgrade\n  $ promptforge backup verify /mnt/backups/before-upgrade",
    );
  onRun(backup, host, make);
  const verify = backup
    .command("verify")
    .summary("Check a backup")
    .description(
      "Restores a backup to a temporary folder (TMPDIR) and checks it there: hashes, the database's integrity, counts, that this program " +
        "opens it, and the audit log of each tenant. Only reads the backup. Exit code 10 when it is not good.",
    )
    .argument("<folder>", "A backup")
    .addHelpText(
      "after",
      "\nExample:\n  $ promptforge backup verify /mnt/backups/promptforge-20260131T030000Z",
    );
  onRun(verify, host, check);
  // `restore` by itself brings back an archived prompt.
  const restore = backup
    .command("restore")
    .summary("Bring a backup back to an empty data folder")
    .description(
      "Puts a backup into the data folder, which has to be empty or missing, checks it, and makes the search index equal to it. " +
        "Upgrades the library when the backup is of an older PromptForge.",
    )
    .argument("<folder>", "A backup")
    .option("--no-reconcile", "Leave the search index to the server and `promptforge reconcile`")
    .addHelpText(
      "after",
      "\nExample:\n  $ promptforge backup restore /mnt/backups/promptforge-20260131T030000Z --data-dir /var/lib/promptforge",
    );
  onRun(restore, host, bringBack);
}

/** Throws `invalid_input` for a library in PostgreSQL, and says by what it is backed up. */
function requireFile({ database }: Invocation["config"]): void {
  if (database === undefined) return;
  throw new AppError(
    "invalid_input",
    "The library is in PostgreSQL (DATABASE_URL), which makes and restores its backups by its own means: " +
      "`pg_dump --format=custom` as a role that row-level security does not bind, or a snapshot with the write-ahead log. docs/operating.md tells how, and how to check one.",
  );
}

async function make({ io, config, json, args }: Invocation): Promise<number> {
  requireFile(config);
  const { openBackups } = await import("../../app/backups.ts");
  const backups = openBackups(config);
  const target = resolve(typeof args[0] === "string" ? args[0] : backups.defaultTarget());
  const termination = onTermination();
  const bar = progressBar(io, "Copying", 100, "percent");
  const manifest = await backups
    .make(target, { signal: termination.signal, onProgress: (done) => bar.set(100 * done) })
    .finally(() => {
      bar.stop();
      termination.release();
    });
  if (json) printJson(io, { folder: target, ...manifest });
  else io.stdout.write(`${target}\n${linesOf(manifest.library.counts)}\n`);
  return 0;
}

async function check({ io, config, json, args }: Invocation): Promise<number> {
  const { openBackups } = await import("../../app/backups.ts");
  const folder = resolve(String(args[0]));
  const bar = progressBar(io, "Checking", 100, "percent");
  const { manifest, tenants, auditRecords } = await openBackups(config)
    .verify(folder, (done, total) => bar.set(total === 0 ? 100 : (100 * done) / total))
    .finally(() => bar.stop());
  const { made_at, library } = manifest;
  if (json) printJson(io, { ok: true, folder, made_at, library, tenants, audit_records: auditRecords });
  else {
    io.stdout.write(
      `good: made ${made_at}, schema ${library.schema_version}, ${tenants} tenants, ${auditRecords} audit records\n${linesOf(library.counts)}\n`,
    );
  }
  return 0;
}

async function bringBack({ io, config, json, args, options }: Invocation): Promise<number> {
  requireFile(config);
  const { openBackups } = await import("../../app/backups.ts");
  const folder = resolve(String(args[0]));
  const { made_at, library } = await openBackups(config).restore(folder);
  const left = options["reconcile"] === false ? undefined : await reconcile({ io, config });
  if (json) printJson(io, { data_dir: config.dataDir, made_at, library, index: left ?? null });
  else {
    io.stdout.write(`restored to ${config.dataDir}, as it was at ${made_at}\n${linesOf(library.counts)}\n`);
    if (left !== undefined) {
      io.stdout.write(`index: ${left.missing} missing, ${left.stale} stale, ${left.orphaned} orphaned\n`);
    }
  }
  return left === undefined || left.missing + left.stale + left.orphaned === 0 ? 0 : PARTLY_FAILED;
}

async function reconcile({ io, config }: Pick<Invocation, "io" | "config">) {
  const termination = onTermination();
  const bar = progressBar(io, "Comparing the index", 100, "percent");
  try {
    return await withApp(config, async ({ reconciler }) => {
      const onTenant = (done: number, total: number) => bar.set(total === 0 ? 100 : (100 * done) / total);
      return (await reconciler.reconcile({ signal: termination.signal, onTenant })).left;
    });
  } finally {
    bar.stop();
    termination.release();
  }
}

function linesOf(counts: BackupVerdict["manifest"]["library"]["counts"]): string {
  return Object.entries(counts)
    .map(([what, count]) => `  ${what.replaceAll("_", " ")}: ${count}`)
    .join("\n");
}
