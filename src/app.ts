import { openFoundation } from "./app/foundation.ts";
import { createIdentityStack } from "./app/identity-stack.ts";
import { openSearchStack } from "./app/search-stack.ts";
import { createServices } from "./app/services.ts";
import { openTraces } from "./app/traces.ts";
import {
  type BackupSchedule,
  type BackupState,
  backupState,
  createBackupSchedule,
} from "./backup/schedule.ts";
import type { Config } from "./config/config.ts";
import { makeDataFolder } from "./config/data-folder.ts";
import { refuseTelemetry } from "./config/no-telemetry.ts";
import type { OriginalLibrary } from "./domain/ports/original-library.ts";
import type { GuardedFetch } from "./domain/ports/outgoing.ts";
import type { Embedder, SearchIndex } from "./domain/ports/search.ts";
import type { AccessTokens, SigningKeyring } from "./domain/ports/security.ts";
import type { Storage } from "./domain/ports/storage.ts";
import { createLogger, type Logger } from "./observability/logger.ts";
import type { OpenMetrics } from "./observability/metrics/open-metrics.ts";
import type { Tracing } from "./observability/tracing/tracing.ts";
import { createRunner, type RunOperation } from "./operations/run-operation.ts";
import type { ModelReport } from "./search/embedder/inspect-model.ts";
import type { IndexGenerations } from "./search/index-generations.ts";
import type { Indexer } from "./search/indexer.ts";
import type { Reconciler } from "./search/reconciler.ts";
import { createGuardedFetch } from "./security/guarded-fetch.ts";
import type { Issuer } from "./security/identity-providers/issuer.ts";
import type { ProviderSignIn } from "./security/identity-providers/sign-in.ts";
import {
  type AuthorizationServer,
  type AuthorizationServerSettings,
  createAuthorizationServer,
} from "./security/oauth/authorization-server.ts";
import { tellingDependents } from "./services/dependent-events.ts";
import { createTenantEvents, type TenantEvents } from "./services/events.ts";
import type { Services } from "./services/index.ts";
import type { MailDelivery } from "./services/mail-delivery.ts";
import { relayedEvents } from "./services/relayed-events.ts";
import type { WebhookDelivery } from "./services/webhook-delivery.ts";
import { openOriginalLibrary } from "./storage/original/original-library.ts";
import { sqliteCopies } from "./storage/sqlite/backup/copies.ts";

/** What only the transport knows of the authorization server that it mounts. */
export type AuthorizationServerOptions = Omit<
  AuthorizationServerSettings,
  "registration" | "accessTokenSeconds"
>;

/** A running library, whatever its transports: what they are made from. */
export interface App {
  readonly config: Config;
  readonly log: Logger;
  readonly services: Services;
  readonly run: RunOperation;
  readonly storage: Storage;
  readonly searchIndex: SearchIndex;
  readonly embedder: Embedder;
  readonly indexer: Indexer;
  readonly generations: IndexGenerations;
  readonly reconciler: Reconciler;
  readonly events: TenantEvents;
  readonly mails: MailDelivery;
  readonly webhookDelivery: WebhookDelivery;
  /** `undefined`: no backups are made by themselves. */
  readonly backups: BackupSchedule | undefined;
  /** How the scheduled backups stand; `undefined` where there are none. */
  backupState(): Promise<BackupState | undefined>;
  /** `undefined`: nothing is counted. */
  readonly metrics: OpenMetrics | undefined;
  /** `undefined`: there are no traces. */
  readonly tracing: Pick<Tracing, "request"> | undefined;
  readonly tokens: AccessTokens;
  readonly signingKeys: SigningKeyring;
  /** The one way to call addresses that others name; webhooks have one of their own, with hosts and limits of their own. */
  readonly outgoing: GuardedFetch;
  /** The identity providers outside, as they describe themselves. */
  readonly issuers: readonly Issuer[];
  /** Signing in at them, for the pages. */
  readonly providerSignIn: ProviderSignIn;
  /** The authorization server at an address, which is known when somebody listens there. */
  openAuthorizationServer(settings: AuthorizationServerOptions): AuthorizationServer;
  /** The database of the original PromptForge, by its path or URL. Throws `invalid_input` for another one. */
  openOriginal(location: string): OriginalLibrary;
  /** Loads the embedding model on its own and says how that went; for `doctor`. */
  inspectModel(): Promise<ModelReport>;
  close(): Promise<void>;
}

/** The composition root: the only place that picks concrete adapters. Throws `unavailable` when one cannot start. */
export async function openApp(config: Config, options: { readonly now?: () => Date } = {}): Promise<App> {
  const now = options.now ?? (() => new Date());
  const log = createLogger(config.logLevel);
  refuseTelemetry();
  await makeDataFolder(config.dataDir);
  const tracing = config.traced ? await openTraces() : undefined;
  const foundation = await openFoundation(config, log, now);
  const { keys, limiter, relay, file } = foundation;
  const storage = tracing?.storage(foundation.storage) ?? foundation.storage;
  const { backup } = config;
  const stateOfBackups = async () =>
    backup && (await backupState(backup.dir, config.dataDir, await storage.libraryId()));
  const metrics =
    config.metrics &&
    (await import("./observability/metrics/open-metrics.ts")).openMetrics({
      storage,
      file,
      tenants: config.metrics.tenants,
      indexReady: async () => (await searchStack.generations.obstacle()) === undefined,
      newestBackup: async () => (await stateOfBackups())?.newest,
      backupEverySeconds: (backup?.everyHours ?? 0) * 3600,
      now,
    });
  const searchStack = await openSearchStack(config, {
    storage,
    ownIndex: foundation.ownIndex,
    metrics,
    tracing,
    log,
  });
  const outgoing = createGuardedFetch({ allow: config.outgoingAllow });
  const identity = createIdentityStack(config, { storage, keys, limiter, outgoing, metrics, log, now });
  const onListenerError = (err: unknown) => log.error({ err }, "a listener failed");
  const events = relayedEvents(
    tellingDependents(createTenantEvents(onListenerError), storage, onListenerError),
    relay,
  );

  const { services, mails, webhookDelivery } = createServices(config, {
    storage,
    keys,
    limiter,
    search: searchStack,
    identity,
    outgoing,
    events,
    metrics,
    log,
    now,
  });
  const anyRun = createRunner(
    services,
    ({ error, ...call }) => {
      metrics?.called(call.operation, call.milliseconds, error?.code);
      if (error?.code === "internal") log.error({ ...call, err: error.cause }, "operation failed");
      else log.info({ ...call, outcome: error?.code ?? "ok" }, "operation");
    },
    now,
  );
  const run: RunOperation =
    tracing === undefined
      ? anyRun
      : (operation, input, call) =>
          tracing.span(`operation ${operation.name}`, { "promptforge.operation": operation.name }, () =>
            anyRun(operation, input, call),
          );
  const backups =
    backup &&
    createBackupSchedule({
      settings: backup,
      dataDir: config.dataDir,
      libraryId: storage.libraryId,
      copies: sqliteCopies,
      now,
      onMade(facts) {
        metrics?.backedUp("ok");
        log.info(facts, "a backup was made");
      },
      onFailure(err) {
        metrics?.backedUp("failed");
        log.error({ err }, "no backup could be made; it is tried again");
      },
    });
  return {
    config,
    log,
    services,
    run,
    storage,
    searchIndex: searchStack.searchIndex,
    embedder: searchStack.embedder,
    indexer: searchStack.indexer,
    generations: searchStack.generations,
    reconciler: searchStack.reconciler,
    events,
    mails,
    webhookDelivery,
    backups,
    backupState: stateOfBackups,
    metrics,
    tracing,
    tokens: identity.tokens,
    signingKeys: keys.keyring,
    outgoing,
    issuers: identity.issuers,
    providerSignIn: identity.providerSignIn,
    openAuthorizationServer: (settings) =>
      createAuthorizationServer(
        {
          ...settings,
          registration: config.clientRegistration,
          accessTokenSeconds: config.accessTokenSeconds,
        },
        {
          storage,
          endGrant: services.clientGrants.end,
          keys,
          secret: keys.cursorSecret,
          fetch: outgoing,
          onError: (err) => log.error({ err }, "authorization server"),
        },
      ),
    openOriginal: openOriginalLibrary,
    inspectModel: searchStack.inspectModel,
    async close() {
      // Each is closed whatever became of the one before.
      await searchStack
        .close()
        .finally(() => backups?.close())
        .finally(() => services.leaving.close())
        .finally(() => mails.close())
        .finally(() => webhookDelivery.close())
        .finally(() => services.searchHistory.close())
        .finally(() => services.usage.close())
        .finally(() => limiter.close())
        .finally(() => relay?.close())
        .finally(() => storage.close())
        .finally(() => tracing?.close());
    },
  };
}
