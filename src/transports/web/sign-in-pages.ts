import { allowedScopes, GRANT_SECONDS } from "../../domain/client-grants.ts";
import type { Member } from "../../domain/identity.ts";
import type { SignInChoice } from "../../security/identity-providers/sign-in.ts";
import type { PendingAuthorization } from "../../security/oauth/authorization-server.ts";
import { clientWords, destinationWords, originWords, SCOPE_WORDS } from "./consent-words.ts";
import type { Page } from "./page.ts";
import { CONSENT, NOTHING_TO_ALLOW, PROBLEM, SIGN_IN, TENANTS } from "./templates.ts";

const DAYS = GRANT_SECONDS / (24 * 60 * 60);

export function signInPage(
  pending: PendingAuthorization,
  providers: readonly SignInChoice[],
  {
    username = pending.usernameHint,
    problem,
  }: { readonly username?: string | undefined; readonly problem?: string } = {},
): Page {
  const choices = providers.map(({ name, title }) => ({ name, provider: title }));
  return {
    title: "Sign in",
    content: SIGN_IN,
    view: { ...common(pending), username, problem, providers: choices },
  };
}

export function tenantsPage(pending: PendingAuthorization, members: readonly Member[]): Page {
  const tenants = members.map(({ tenantId, tenantName, role }) => ({ id: tenantId, name: tenantName, role }));
  return { title: "Choose a tenant", content: TENANTS, view: { ...common(pending), tenants } };
}

/** What a client asks for in a tenant, within what the member may do there. */
export function consentPage(pending: PendingAuthorization, member: Member, otherTenants: boolean): Page {
  const { client, redirectUri, scopes } = pending;
  const allowed = allowedScopes(member.role, scopes);
  const dropped = scopes.filter((scope) => !allowed.includes(scope));
  return {
    title: "Allow access",
    content: allowed.length > 0 ? CONSENT : NOTHING_TO_ALLOW,
    view: {
      ...common(pending),
      tenant: member.tenantName,
      tenantId: member.tenantId,
      role: member.role,
      username: member.username,
      otherTenants,
      scopes: allowed.map((scope) => ({ scope, words: SCOPE_WORDS[scope] })),
      dropped: dropped.map((scope) => SCOPE_WORDS[scope]).join("; "),
      origin: originWords(client),
      destination: destinationWords(redirectUri),
      days: DAYS,
    },
  };
}

export function problemPage(error: { readonly message: string; readonly code: string }): Page {
  return {
    title: "That did not work",
    content: PROBLEM,
    view: { message: error.message, code: error.code },
  };
}

function common({ uid, client, formToken }: PendingAuthorization) {
  return { uid, formToken, client: clientWords(client) };
}
