import type { Config } from "../config/config.ts";
import type { GuardedFetch } from "../domain/ports/outgoing.ts";
import type { RateLimiter } from "../domain/ports/rate-limiter.ts";
import type { AccessTokens, PasswordHasher } from "../domain/ports/security.ts";
import type { Storage } from "../domain/ports/storage.ts";
import type { Logger } from "../observability/logger.ts";
import type { OpenMetrics } from "../observability/metrics/open-metrics.ts";
import { createAccessTokens } from "../security/access-tokens.ts";
import { networkOf } from "../security/client-network.ts";
import { createIssuer, type Issuer } from "../security/identity-providers/issuer.ts";
import { createProviderSignIn, type ProviderSignIn } from "../security/identity-providers/sign-in.ts";
import { createPasswordHasher } from "../security/passwords.ts";
import { rememberingProven } from "../security/proven-tokens.ts";
import { createRefreshTokens } from "../security/refresh-tokens.ts";
import type { SigningKeys } from "../security/signing-keys.ts";
import { createPasswordCheck, type PasswordCheck } from "../services/password-check.ts";
import { createSessionService, type SessionService } from "../services/sessions.ts";
import { createSignInThrottle, type SignInThrottle } from "../services/sign-in-throttle.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

/** What proves who somebody is: passwords, tokens and their sessions, and the identity providers outside. */
export interface IdentityStack {
  readonly passwords: PasswordHasher;
  readonly checkPassword: PasswordCheck;
  readonly throttle: SignInThrottle;
  readonly tokens: AccessTokens;
  readonly sessions: SessionService;
  /** The identity providers outside, as they describe themselves. */
  readonly issuers: readonly Issuer[];
  /** Signing in at them, for the pages. */
  readonly providerSignIn: ProviderSignIn;
}

export function createIdentityStack(
  config: Config,
  deps: {
    readonly storage: Storage;
    readonly keys: SigningKeys;
    readonly limiter: RateLimiter;
    /** Calls the identity providers. */
    readonly outgoing: GuardedFetch;
    readonly metrics: OpenMetrics | undefined;
    readonly log: Logger;
    readonly now: () => Date;
  },
): IdentityStack {
  const { storage, keys, limiter, outgoing, metrics, log, now } = deps;
  const passwords = createPasswordHasher();
  const throttle = createSignInThrottle({ limiter, networkOf });
  const checkPassword = createPasswordCheck({ storage, passwords, throttle });
  const issuer = config.publicUrl ?? "promptforge";
  const tokens = rememberingProven(
    createAccessTokens({
      keys,
      issuer,
      audience: issuer,
      lifetimeSeconds: config.accessTokenSeconds,
      now,
    }),
    { keys, now, onLookUp: metrics && ((hit) => metrics.lookedUp("tokens", hit)) },
  );
  const issuers = config.identityProviders.map((provider) =>
    createIssuer(provider, {
      fetch: outgoing,
      onFailure: (err) => log.warn({ err, issuer: provider.issuer }, "an identity provider cannot be asked"),
    }),
  );
  const providerSignIn = createProviderSignIn(issuers, {
    fetch: outgoing,
    onFailure: (err) => log.warn({ err }, "a sign-in at an identity provider failed"),
  });
  return {
    passwords,
    throttle,
    checkPassword: metrics?.signIn("password", checkPassword) ?? checkPassword,
    tokens,
    sessions: createSessionService({
      storage,
      tokens,
      refreshTokens: createRefreshTokens(),
      now,
      idleMs: config.sessionIdleDays * DAY_MS,
      longestMs: config.sessionMaxDays * DAY_MS,
    }),
    issuers,
    providerSignIn:
      metrics === undefined
        ? providerSignIn
        : { ...providerSignIn, finish: metrics.signIn("provider", providerSignIn.finish) },
  };
}
