import * as oidc from "openid-client";
import { z } from "zod";
import { AppError } from "../../domain/errors.ts";
import { type ProvenIdentity, textClaim } from "../../domain/identity-provider.ts";
import { type GuardedFetch, OutgoingError } from "../../domain/ports/outgoing.ts";
import type { Issuer } from "./issuer.ts";

/** A provider that people can sign in with. */
export interface SignInChoice {
  readonly name: string;
  readonly title: string;
  /** Ids of the tenants that it is bound to. */
  readonly tenants: readonly string[];
}

/** What the answer to a sign-in is held against. */
const checksSchema = z.object({
  provider: z.string(),
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
});

/** Signing in at an identity provider: the authorization-code flow with PKCE, state and nonce, by openid-client. */
export interface ProviderSignIn {
  readonly choices: readonly SignInChoice[];
  /**
   * The address to send a browser to, and what to keep until it comes back, where the browser cannot see it. `callback` is where
   * it comes back to, as the provider's operator has registered it; `mark` is the beginning of its state. Throws
   * `not_found` for a provider that is none of the choices, and `unavailable` when it does not answer.
   */
  start(
    name: string,
    callback: string,
    options: { readonly mark: string; readonly usernameHint: string | undefined },
  ): Promise<{ readonly url: URL; readonly kept: unknown }>;
  /**
   * Who has signed in, by the query with which the browser came back. Throws `unauthenticated` where that, or the token that it
   * is exchanged for, is not what was asked for, and as `start`.
   */
  finish(name: string, callback: string, search: string, kept: unknown): Promise<ProvenIdentity>;
}

export function createProviderSignIn(
  issuers: readonly Issuer[],
  { fetch, onFailure }: { readonly fetch: GuardedFetch; readonly onFailure: (error: unknown) => void },
): ProviderSignIn {
  const offered = new Map(
    issuers
      .filter(({ provider }) => provider.signIn !== undefined)
      .map((issuer) => [issuer.provider.name, issuer]),
  );

  async function clientOf(name: string) {
    const issuer = offered.get(name);
    const settings = issuer?.provider.signIn;
    if (issuer === undefined || settings === undefined) {
      throw new AppError("not_found", "There is no such identity provider. Choose another way to sign in.");
    }
    const metadata = await issuer.metadata();
    const methods = metadata.token_endpoint_auth_methods_supported ?? [];
    const secret = settings.clientSecret;
    const authentication =
      secret === undefined
        ? oidc.None()
        : methods.includes("client_secret_post")
          ? oidc.ClientSecretPost(secret)
          : oidc.ClientSecretBasic(secret);
    const client = new oidc.Configuration(metadata, settings.clientId, undefined, authentication);
    client[oidc.customFetch] = fetch;
    // Whether https is needed is decided by the guarded fetch.
    oidc.allowInsecureRequests(client);
    // The ID token's signature is checked, too, though it comes from the issuer itself.
    oidc.enableNonRepudiationChecks(client);
    return { client, provider: issuer.provider, scope: settings.scopes.join(" ") };
  }

  return {
    choices: [...offered.values()].map(({ provider: { name, title, tenants } }) => ({
      name,
      title,
      tenants,
    })),

    async start(name, callback, { mark, usernameHint }) {
      const { client, scope } = await clientOf(name);
      const checks = {
        provider: name,
        state: `${mark}.${oidc.randomState()}`,
        nonce: oidc.randomNonce(),
        verifier: oidc.randomPKCECodeVerifier(),
      };
      const url = oidc.buildAuthorizationUrl(client, {
        redirect_uri: callback,
        scope,
        state: checks.state,
        nonce: checks.nonce,
        code_challenge: await oidc.calculatePKCECodeChallenge(checks.verifier),
        code_challenge_method: "S256",
        ...(usernameHint === undefined ? {} : { login_hint: usernameHint }),
      });
      return { url, kept: checks };
    },

    async finish(name, callback, search, kept) {
      const { client, provider } = await clientOf(name);
      try {
        const checks = checksSchema.parse(kept);
        if (checks.provider !== name) throw new Error("The sign-in was begun at another provider");
        const tokens = await oidc.authorizationCodeGrant(client, new URL(`${callback}${search}`), {
          expectedState: checks.state,
          expectedNonce: checks.nonce,
          pkceCodeVerifier: checks.verifier,
          idTokenExpected: true,
        });
        const claims = tokens.claims();
        const subject = claims && textClaim(claims, provider.subjectClaim);
        if (claims === undefined || subject === undefined) throw new Error("The ID token names nobody");
        return { provider, subject, claims, issuedAt: new Date(claims.iat * 1000) };
      } catch (error) {
        onFailure(error);
        throw explained(error, provider);
      }
    },
  };
}

/** The library's words stay here; what a person can do about it goes on. */
function explained(error: unknown, { name, title }: Pick<SignInChoice, "name" | "title">): AppError {
  const details = { identity_provider: name };
  if (isOutage(error)) {
    return new AppError("unavailable", `${title} does not answer. Try again in a moment.`, details, error);
  }
  const message =
    error instanceof oidc.AuthorizationResponseError && error.error === "access_denied"
      ? `You did not sign in at ${title}.`
      : `The sign-in at ${title} could not be checked. Start again; if it stays, tell the operator.`;
  return new AppError("unauthenticated", message, details, error);
}

function isOutage(error: unknown): boolean {
  if (error instanceof OutgoingError) return true;
  return error instanceof Error && error.cause !== undefined && isOutage(error.cause);
}
