import type { Config } from "../config/config.ts";
import type { GuardedFetch } from "../domain/ports/outgoing.ts";
import type { RateLimiter } from "../domain/ports/rate-limiter.ts";
import type { Storage } from "../domain/ports/storage.ts";
import { createSmtpMailer } from "../mail/smtp-mailer.ts";
import type { Logger } from "../observability/logger.ts";
import type { OpenMetrics } from "../observability/metrics/open-metrics.ts";
import { networkOf } from "../security/client-network.ts";
import { createCursors } from "../security/cursors.ts";
import { derivedKey } from "../security/derived-key.ts";
import { createProviderTokens } from "../security/identity-providers/provider-tokens.ts";
import { createKeySecrets, createSecrets } from "../security/key-secrets.ts";
import { createMemoryRateLimiter } from "../security/rate-limiter.ts";
import type { SigningKeys } from "../security/signing-keys.ts";
import { createAccessReviewService } from "../services/access-review.ts";
import { createApiKeyService } from "../services/api-keys.ts";
import { createAuditService } from "../services/audit.ts";
import { createAuthenticationService } from "../services/authentication.ts";
import { createBulkChangeService } from "../services/bulk-changes.ts";
import { createCallLimitService } from "../services/call-limits.ts";
import { createClientGrantService } from "../services/client-grants.ts";
import { createClientRegistrationService } from "../services/client-registrations.ts";
import { createDeletionService } from "../services/deletion.ts";
import { createEmailAddressService } from "../services/email-addresses.ts";
import { createSearchEvaluationService } from "../services/evaluation/search-evaluation.ts";
import type { TenantEvents } from "../services/events.ts";
import { createFavouriteService } from "../services/favourites.ts";
import { createFolderService } from "../services/folders.ts";
import { createIdempotencyService } from "../services/idempotency.ts";
import type { Services } from "../services/index.ts";
import { createInvitationService } from "../services/invitations.ts";
import { createLabelService } from "../services/labels.ts";
import { createLeavingService } from "../services/leaving.ts";
import { createLinks } from "../services/links.ts";
import { createMailDelivery, type MailDelivery } from "../services/mail-delivery.ts";
import { createMemberService } from "../services/members.ts";
import { createMovingInService } from "../services/moving-in/moving-in.ts";
import { createPasswordService } from "../services/passwords.ts";
import { createPlacementService } from "../services/placement.ts";
import { createPromptExportService } from "../services/prompt-export.ts";
import { createPromptImportService } from "../services/prompt-import.ts";
import { createPromptUseService } from "../services/prompt-use.ts";
import { createPromptService } from "../services/prompts.ts";
import { createProviderMemberService } from "../services/provider-members.ts";
import { createQuotaService } from "../services/quotas.ts";
import { createRegistrationService } from "../services/registration.ts";
import { createRenamingService } from "../services/renaming.ts";
import { createReviewService } from "../services/reviews.ts";
import { createSearchService } from "../services/search.ts";
import { createSearchHistoryService } from "../services/search-history.ts";
import { recordOpened, recordSearches } from "../services/search-recording.ts";
import { createSimilarityService } from "../services/similarity.ts";
import { createTagService } from "../services/tags.ts";
import { createTenantExportService } from "../services/tenant-export.ts";
import { createTenantService } from "../services/tenants.ts";
import { countUses, createUsageService } from "../services/usage.ts";
import { createVersionService } from "../services/versions.ts";
import type { WebhookDelivery } from "../services/webhook-delivery.ts";
import type { IdentityStack } from "./identity-stack.ts";
import type { SearchStack } from "./search-stack.ts";
import { createWebhookStack } from "./webhook-stack.ts";

/** Puts the services together over what they work with. `mails` and `webhookDelivery` send what they have left to be sent. */
export function createServices(
  config: Config,
  deps: {
    readonly storage: Storage;
    readonly keys: SigningKeys;
    readonly limiter: RateLimiter;
    readonly search: SearchStack;
    readonly identity: IdentityStack;
    /** Calls addresses that others name. */
    readonly outgoing: GuardedFetch;
    readonly events: TenantEvents;
    readonly metrics: OpenMetrics | undefined;
    readonly log: Logger;
    readonly now: () => Date;
  },
): { readonly services: Services; readonly mails: MailDelivery; readonly webhookDelivery: WebhookDelivery } {
  const { storage, keys, limiter, events, metrics, log, now } = deps;
  const { embedder, searchIndex, comparable } = deps.search;
  const { passwords, checkPassword, throttle, tokens, sessions, issuers } = deps.identity;
  const keySecrets = createKeySecrets();
  const cursors = createCursors({ secret: keys.cursorSecret });
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
  return { services, mails, webhookDelivery: webhooks.delivery };
}
