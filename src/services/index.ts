import type { AccessReviewService } from "./access-review.ts";
import type { ApiKeyService } from "./api-keys.ts";
import type { AuditService } from "./audit.ts";
import type { AuthenticationService } from "./authentication.ts";
import type { CallLimitService } from "./call-limits.ts";
import type { ClientGrantService } from "./client-grants.ts";
import type { ClientRegistrationService } from "./client-registrations.ts";
import type { SearchEvaluationService } from "./evaluation/search-evaluation.ts";
import type { InvitationService } from "./invitations.ts";
import type { LabelService } from "./labels.ts";
import type { MemberService } from "./members.ts";
import type { MovingInService } from "./moving-in/moving-in.ts";
import type { PromptService } from "./prompts.ts";
import type { QuotaService } from "./quotas.ts";
import type { RegistrationService } from "./registration.ts";
import type { ReviewService } from "./reviews.ts";
import type { SearchService } from "./search.ts";
import type { SearchHistoryService } from "./search-history.ts";
import type { SessionService } from "./sessions.ts";
import type { SimilarityService } from "./similarity.ts";
import type { TenantService } from "./tenants.ts";
import type { VersionService } from "./versions.ts";

/** The rules of PromptForge. Operations call these and nothing below them. */
export interface Services {
  readonly prompts: PromptService;
  readonly versions: VersionService;
  readonly labels: LabelService;
  readonly search: SearchService;
  readonly searchHistory: SearchHistoryService;
  readonly searchEvaluation: SearchEvaluationService;
  readonly similarity: SimilarityService;
  readonly registration: RegistrationService;
  readonly authentication: AuthenticationService;
  readonly callLimits: CallLimitService;
  readonly sessions: SessionService;
  readonly movingIn: MovingInService;
  readonly quotas: QuotaService;
  readonly apiKeys: ApiKeyService;
  readonly accessReview: AccessReviewService;
  readonly members: MemberService;
  readonly invitations: InvitationService;
  readonly tenants: TenantService;
  readonly audit: AuditService;
  readonly clientGrants: ClientGrantService;
  readonly clientRegistrations: ClientRegistrationService;
  readonly reviews: ReviewService;
}
