import { openFoundation } from "./app/foundation.ts";
import { createIdentityStack } from "./app/identity-stack.ts";
import { openSearchStack } from "./app/search-stack.ts";
import { openTraces } from "./app/traces.ts";
import { createWebhookStack } from "./app/webhook-stack.ts";
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
import { createSmtpMailer } from "./mail/smtp-mailer.ts";
import { createLogger, type Logger } from "./observability/logger.ts";
import type { OpenMetrics } from "./observability/metrics/open-metrics.ts";
import type { Tracing } from "./observability/tracing/tracing.ts";
import { createRunner, type RunOperation } from "./operations/run-operation.ts";
import type { ModelReport } from "./search/embedder/inspect-model.ts";
import type { IndexGenerations } from "./search/index-generations.ts";
import type { Indexer } from "./search/indexer.ts";
import type { Reconciler } from "./search/reconciler.ts";
import { networkOf } from "./security/client-network.ts";
import { createCursors } from "./security/cursors.ts";
import { derivedKey } from "./security/derived-key.ts";
import { createGuardedFetch } from "./security/guarded-fetch.ts";
import type { Issuer } from "./security/identity-providers/issuer.ts";
import { createProviderTokens } from "./security/identity-providers/provider-tokens.ts";
import type { ProviderSignIn } from "./security/identity-providers/sign-in.ts";
import { createKeySecrets, createSecrets } from "./security/key-secrets.ts";
import {
  type AuthorizationServer,
  type AuthorizationServerSettings,
  createAuthorizationServer,
} from "./security/oauth/authorization-server.ts";
import { createMemoryRateLimiter } from "./security/rate-limiter.ts";
import { createAccessReviewService } from "./services/access-review.ts";
import { createApiKeyService } from "./services/api-keys.ts";
import { createAuditService } from "./services/audit.ts";
import { createAuthenticationService } from "./services/authentication.ts";
import { createBulkChangeService } from "./services/bulk-changes.ts";
import { createCallLimitService } from "./services/call-limits.ts";
import { createClientGrantService } from "./services/client-grants.ts";
import { createClientRegistrationService } from "./services/client-registrations.ts";
import { createDeletionService } from "./services/deletion.ts";
import { tellingDependents } from "./services/dependent-events.ts";
import { createEmailAddressService } from "./services/email-addresses.ts";
import { createSearchEvaluationService } from "./services/evaluation/search-evaluation.ts";
import { createTenantEvents, type TenantEvents } from "./services/events.ts";
import { createFavouriteService } from "./services/favourites.ts";
import { createFolderService } from "./services/folders.ts";
import { createIdempotencyService } from "./services/idempotency.ts";
import type { Services } from "./services/index.ts";
import { createInvitationService } from "./services/invitations.ts";
import { createLabelService } from "./services/labels.ts";
import { createLeavingService } from "./services/leaving.ts";
import { createLinks } from "./services/links.ts";
import { createMailDelivery, type MailDelivery } from "./services/mail-delivery.ts";
import { createMemberService } from "./services/members.ts";
import { createMovingInService } from "./services/moving-in/moving-in.ts";
import { createPasswordService } from "./services/passwords.ts";
import { createPlacementService } from "./services/placement.ts";
import { createPromptExportService } from "./services/prompt-export.ts";
import { createPromptImportService } from "./services/prompt-import.ts";
import { createPromptUseService } from "./services/prompt-use.ts";
import { createPromptService } from "./services/prompts.ts";
import { createProviderMemberService } from "./services/provider-members.ts";
import { createQuotaService } from "./services/quotas.ts";
import { createRegistrationService } from "./services/registration.ts";
import { relayedEvents } from "./services/relayed-events.ts";
import { createRenamingService } from "./services/renaming.ts";
import { createReviewService } from "./services/reviews.ts";
import { createSearchService } from "./services/search.ts";
import { createSearchHistoryService } from "./services/search-history.ts";
import { recordOpened, recordSearches } from "./services/search-recording.ts";
import { createSimilarityService } from "./services/similarity.ts";
import { createTagService } from "./services/tags.ts";
import { createTenantExportService } from "./services/tenant-export.ts";
import { createTenantService } from "./services/tenants.ts";
import { countUses, createUsageService } from "./services/usage.ts";
import { createVersionService } from "./services/versions.ts";
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
  const newestBackup = async () =>
    backup && (await backupState(backup.dir, config.dataDir, await storage.libraryId())).newest;
  const metrics =
    config.metrics &&
    (await import("./observability/metrics/open-metrics.ts")).openMetrics({
      storage,
      file,
      tenants: config.metrics.tenants,
      indexReady: async () => (await searchStack.generations.obstacle()) === undefined,
      newestBackup,
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
  const { embedder, searchIndex, comparable, generations } = searchStack;

  const outgoing = createGuardedFetch({ allow: config.outgoingAllow });
  const identity = createIdentityStack(config, { storage, keys, limiter, outgoing, metrics, log, now });
  const { passwords, checkPassword, throttle, tokens, sessions, issuers } = identity;
  const keySecrets = createKeySecrets();
  const cursors = createCursors({ secret: keys.cursorSecret });
  const onListenerError = (err: unknown) => log.error({ err }, "a listener failed");
  const events = relayedEvents(
    tellingDependents(createTenantEvents(onListenerError), storage, onListenerError),
    relay,
  );

  const searchHistory = createSearchHistoryService({
    storage,
    cursors,
    now,
    retentionDays: config.searchHistoryDays,
    onFailure: (err) => log.warn({ err }, "search history could not be written"),
  });

  const usage = createUsageService({
    storage,
    now,
    retentionDays: config.usageDays,
    onFailure: (err) => log.warn({ err }, "uses could not be counted"),
  });

  const quotas = createQuotaService({ storage, defaults: config.quotas });
  const prompts = createPromptService({ storage, cursors, events, quotas, now });
  const search = createSearchService({
    storage,
    embedder,
    searchIndex: comparable,
    onDegraded(reason) {
      metrics?.searchedByWords();
      log.warn({ err: reason }, "search by words only");
    },
  });
  const open = config.registrationOpen;
  const links = createLinks(config.linkBase);
  const invitationSecrets = createSecrets("pfinvite_");
  const resetSecrets = createSecrets("pfreset_");
  const emailSecrets = createSecrets("pfemail_");
  const mails = createMailDelivery({
    storage,
    mailer: config.mail && createSmtpMailer(config.mail),
    invitationSecrets,
    resetSecrets,
    emailSecrets,
    links,
    now,
    onFailure: (failure) => log.warn(failure, "a mail could not be sent"),
  });
  const invitations = createInvitationService({
    storage,
    cursors,
    secrets: invitationSecrets,
    quotas,
    mails,
    limiter,
    links,
    now,
  });
  const providerMembers = createProviderMemberService({ storage, quotas });
  const leaving = createLeavingService({
    storage,
    searchIndex,
    checkPassword,
    now,
    graceDays: config.tenantGraceDays,
    onFailure: (err) => log.warn({ err }, "a deleted tenant could not be removed; it is tried again"),
  });
  const opening = countUses(recordOpened(prompts, searchHistory), usage);
  const searching = recordSearches(search, searchHistory);
  const webhooks = createWebhookStack(config, {
    storage,
    cursors,
    quotas,
    sealingKey: derivedKey(keys.cursorSecret, "webhook secrets"),
    log,
    now,
  });
  const services: Services = {
    providerMembers,
    prompts: opening,
    promptUse: createPromptUseService({
      // Looking at a prompt to choose its version is no use of it.
      prompts: { get: prompts.get, render: opening.render },
      search: searching,
    }),
    promptExport: createPromptExportService({ storage, cursors }),
    promptImport: createPromptImportService({ storage, events, quotas, now }),
    versions: createVersionService({ storage, cursors }),
    labels: createLabelService({ storage, cursors, events, now }),
    tags: createTagService({ storage, cursors, now }),
    folders: createFolderService({ storage, cursors }),
    bulkChanges: createBulkChangeService({ storage, cursors, events, now }),
    favourites: createFavouriteService({ storage, now }),
    usage,
    renaming: createRenamingService({ storage, cursors, events, now }),
    deletion: createDeletionService({ storage, events }),
    similarity: createSimilarityService({ storage, embedder, searchIndex: comparable }),
    search: searching,
    searchHistory,
    searchEvaluation: createSearchEvaluationService({ prompts, search }),
    registration: createRegistrationService({ storage, passwords, invitations, mails, now, open }),
    placement: createPlacementService({ storage, searchIndex }),
    quotas,
    idempotency: createIdempotencyService({ storage, now }),
    callLimits: createCallLimitService({
      limiter,
      moments: createMemoryRateLimiter(),
      momentSeconds: config.limits.burstSeconds,
      limits: config.limits.calls,
      networkOf,
      onRefused: metrics?.limitHit,
    }),
    authentication: createAuthenticationService({
      storage,
      checkPassword,
      tokens,
      keySecrets,
      providerTokens: createProviderTokens(issuers, now),
      providerMembers,
      sessions,
      invitations,
      now,
    }),
    sessions,
    movingIn: createMovingInService({ storage }),
    accessReview: createAccessReviewService({ storage, now }),
    apiKeys: createApiKeyService({ storage, keySecrets, cursors, now }),
    clientGrants: createClientGrantService({
      storage,
      now,
      providerTenants: (name) => config.identityProviders.find((one) => one.name === name)?.tenants ?? [],
    }),
    clientRegistrations: createClientRegistrationService({ limiter, networkOf }),
    passwords: createPasswordService({
      storage,
      passwords,
      checkPassword,
      throttle,
      secrets: resetSecrets,
      mails,
      links,
      now,
    }),
    emailAddresses: createEmailAddressService({
      storage,
      checkPassword,
      throttle,
      secrets: emailSecrets,
      mails,
      now,
    }),
    members: createMemberService({ storage, cursors }),
    invitations,
    tenants: createTenantService({ storage, sessions, now, open, mostTenants: config.mostTenants }),
    leaving,
    tenantExport: createTenantExportService({ storage, cursors }),
    audit: createAuditService({ storage, cursors }),
    reviews: createReviewService({ storage, cursors, events, now }),
    webhooks: webhooks.service,
  };
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
    searchIndex,
    embedder,
    indexer: searchStack.indexer,
    generations,
    reconciler: searchStack.reconciler,
    events,
    mails,
    webhookDelivery: webhooks.delivery,
    backups,
    backupState: async () => backup && backupState(backup.dir, config.dataDir, await storage.libraryId()),
    metrics,
    tracing,
    tokens,
    signingKeys: keys.keyring,
    outgoing,
    issuers,
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
        .finally(() => leaving.close())
        .finally(() => mails.close())
        .finally(() => webhooks.delivery.close())
        .finally(() => searchHistory.close())
        .finally(() => usage.close())
        .finally(() => limiter.close())
        .finally(() => relay?.close())
        .finally(() => storage.close())
        .finally(() => tracing?.close());
    },
  };
}
