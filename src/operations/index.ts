import { acceptInvitation } from "./accept-invitation.ts";
import { archivePrompt } from "./archive-prompt.ts";
import { bulkUpdatePrompts } from "./bulk-update-prompts.ts";
import { cancelTenantDeletion } from "./cancel-tenant-deletion.ts";
import { changeMemberRole } from "./change-member-role.ts";
import { changePassword } from "./change-password.ts";
import { clearSearchHistory } from "./clear-search-history.ts";
import { compareVersions } from "./compare-versions.ts";
import { completeNames } from "./complete-names.ts";
import { confirmEmail } from "./confirm-email.ts";
import { createApiKey } from "./create-api-key.ts";
import { createInvitation } from "./create-invitation.ts";
import { createPrompt } from "./create-prompt.ts";
import { createTenant } from "./create-tenant.ts";
import { createWebhook } from "./create-webhook.ts";
import type { Operation } from "./define-operation.ts";
import { deleteAccount } from "./delete-account.ts";
import { deletePrompt } from "./delete-prompt.ts";
import { deleteTenant } from "./delete-tenant.ts";
import { deleteWebhook } from "./delete-webhook.ts";
import { exportAccessReview } from "./export-access-review.ts";
import { exportPrompts } from "./export-prompts.ts";
import { exportTenant } from "./export-tenant.ts";
import { findSimilar } from "./find-similar.ts";
import { getAuditLog } from "./get-audit-log.ts";
import { getEmail } from "./get-email.ts";
import { getLabelHistory } from "./get-label-history.ts";
import { getPrompt } from "./get-prompt.ts";
import { getQuotas } from "./get-quotas.ts";
import { getSearchCounts } from "./get-search-counts.ts";
import { getSearchHistory } from "./get-search-history.ts";
import { getUsage } from "./get-usage.ts";
import { getVersions } from "./get-versions.ts";
import { importPrompts } from "./import-prompts.ts";
import { leaveTenant } from "./leave-tenant.ts";
import { listApiKeys } from "./list-api-keys.ts";
import { listConnectedApps } from "./list-connected-apps.ts";
import { listFolders } from "./list-folders.ts";
import { listInvitations } from "./list-invitations.ts";
import { listLabels } from "./list-labels.ts";
import { listMembers } from "./list-members.ts";
import { listPrompts } from "./list-prompts.ts";
import { listRedirects } from "./list-redirects.ts";
import { listReviews } from "./list-reviews.ts";
import { listSessions } from "./list-sessions.ts";
import { listTags } from "./list-tags.ts";
import { listTenantKeys } from "./list-tenant-keys.ts";
import { listTenants } from "./list-tenants.ts";
import { listWebhookDeliveries } from "./list-webhook-deliveries.ts";
import { listWebhooks } from "./list-webhooks.ts";
import { login } from "./login.ts";
import { pinPrompt } from "./pin-prompt.ts";
import { previewInvitation } from "./preview-invitation.ts";
import { redeliver } from "./redeliver.ts";
import { refreshSession } from "./refresh-session.ts";
import { register } from "./register.ts";
import { removeLabel } from "./remove-label.ts";
import { removeMember } from "./remove-member.ts";
import { removeRedirect } from "./remove-redirect.ts";
import { renamePrompt } from "./rename-prompt.ts";
import { renameTag } from "./rename-tag.ts";
import { renameTenant } from "./rename-tenant.ts";
import { renderPrompt } from "./render-prompt.ts";
import { requestPasswordReset } from "./request-password-reset.ts";
import { resetPassword } from "./reset-password.ts";
import { resolvePrompt } from "./resolve-prompt.ts";
import { restorePrompt } from "./restore-prompt.ts";
import { restoreVersion } from "./restore-version.ts";
import { reviewPrompt } from "./review-prompt.ts";
import { revokeApiKey } from "./revoke-api-key.ts";
import { revokeConnectedApp } from "./revoke-connected-app.ts";
import { revokeInvitation } from "./revoke-invitation.ts";
import { revokeTenantKey } from "./revoke-tenant-key.ts";
import { rollbackLabel } from "./rollback-label.ts";
import { rotateApiKey } from "./rotate-api-key.ts";
import { rotateWebhookSecret } from "./rotate-webhook-secret.ts";
import { searchPrompts } from "./search-prompts.ts";
import { setEmail } from "./set-email.ts";
import { setLabel } from "./set-label.ts";
import { setProtectedLabels } from "./set-protected-labels.ts";
import { setReviewPolicy } from "./set-review-policy.ts";
import { setSearchHistory } from "./set-search-history.ts";
import { signOut } from "./sign-out.ts";
import { signOutEverywhere } from "./sign-out-everywhere.ts";
import { submitForReview } from "./submit-for-review.ts";
import { switchTenant } from "./switch-tenant.ts";
import { tagPrompt } from "./tag-prompt.ts";
import { testWebhook } from "./test-webhook.ts";
import { unpinPrompt } from "./unpin-prompt.ts";
import { updatePrompt } from "./update-prompt.ts";
import { updateWebhook } from "./update-webhook.ts";
import { usePrompt } from "./use-prompt.ts";
import { verifyAuditLog } from "./verify-audit-log.ts";
import { whoUses } from "./who-uses.ts";
import { whoami } from "./whoami.ts";

/** All that a caller can do. Transports are made from this list and know nothing else. */
export const catalogue: readonly Operation[] = [
  usePrompt,
  searchPrompts,
  findSimilar,
  getPrompt,
  listPrompts,
  getVersions,
  compareVersions,
  renderPrompt,
  resolvePrompt,
  whoUses,
  completeNames,
  createPrompt,
  updatePrompt,
  archivePrompt,
  restorePrompt,
  deletePrompt,
  renamePrompt,
  listRedirects,
  removeRedirect,
  listFolders,
  listTags,
  tagPrompt,
  renameTag,
  bulkUpdatePrompts,
  pinPrompt,
  unpinPrompt,
  getUsage,
  setLabel,
  removeLabel,
  rollbackLabel,
  getLabelHistory,
  listLabels,
  setProtectedLabels,
  submitForReview,
  reviewPrompt,
  listReviews,
  setReviewPolicy,
  restoreVersion,
  exportPrompts,
  importPrompts,
  getSearchHistory,
  clearSearchHistory,
  setSearchHistory,
  getSearchCounts,
  whoami,
  getQuotas,
  register,
  login,
  refreshSession,
  listSessions,
  signOut,
  signOutEverywhere,
  listConnectedApps,
  revokeConnectedApp,
  changePassword,
  requestPasswordReset,
  resetPassword,
  getEmail,
  setEmail,
  confirmEmail,
  createApiKey,
  listApiKeys,
  rotateApiKey,
  revokeApiKey,
  listTenantKeys,
  revokeTenantKey,
  exportAccessReview,
  getAuditLog,
  verifyAuditLog,
  listWebhooks,
  createWebhook,
  updateWebhook,
  rotateWebhookSecret,
  deleteWebhook,
  testWebhook,
  listWebhookDeliveries,
  redeliver,
  listMembers,
  changeMemberRole,
  removeMember,
  listInvitations,
  createInvitation,
  revokeInvitation,
  previewInvitation,
  acceptInvitation,
  listTenants,
  switchTenant,
  createTenant,
  renameTenant,
  leaveTenant,
  exportTenant,
  deleteTenant,
  cancelTenantDeletion,
  deleteAccount,
];
