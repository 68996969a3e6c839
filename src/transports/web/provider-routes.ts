import type { Request, Response, Router } from "express";
import { AppError } from "../../domain/errors.ts";
import type { ProviderSignIn } from "../../security/identity-providers/sign-in.ts";
import type { AuthorizationServer, PendingAuthorization } from "../../security/oauth/authorization-server.ts";
import type { ProviderMemberService } from "../../services/provider-members.ts";
import { requestIdOf } from "../rest/request-id.ts";

export interface ProviderRouteParts {
  readonly server: AuthorizationServer;
  readonly providers: ProviderSignIn;
  readonly providerMembers: ProviderMemberService;
  /** The address under which clients reach the server, and its path. */
  readonly issuer: string;
  readonly base: string;
  readonly pendingOf: (req: Request, res: Response) => Promise<PendingAuthorization>;
  /** Shows the sign-in page with what went wrong; throws what nobody expects. */
  readonly showProblem: (res: Response, pending: PendingAuthorization, thrown: unknown) => void;
}

/**
 * The way to an identity provider and back, for an authorization request that waits for somebody to sign in. What the answer
 * is held against is kept with that request, and counts once.
 */
export function mountProviderRoutes(router: Router, parts: ProviderRouteParts): void {
  const { server, providers, providerMembers, issuer, base, pendingOf, showProblem } = parts;
  const callbackOf = (provider: string) => `${issuer}/sign-in/from/${provider}`;

  router.get("/:uid/with/:provider", async (req, res) => {
    const pending = await pendingOf(req, res);
    const { provider } = req.params;
    const { uid: mark, usernameHint } = pending;
    try {
      const { url, kept } = await providers.start(provider, callbackOf(provider), { mark, usernameHint });
      await server.remember(req, res, kept);
      res.set("Cache-Control", "no-store").redirect(303, url.href);
    } catch (thrown) {
      showProblem(res, pending, thrown);
    }
  });

  // The one address that a provider knows. The request's cookie is for its own path alone: there it goes on.
  router.get("/from/:provider", (req, res) => {
    const [, uid] = /^([\w-]{1,64})\./.exec(String(req.query["state"])) ?? [];
    if (uid === undefined) {
      throw new AppError(
        "invalid_input",
        "This is where a sign-in comes back to. Go back to your app and start again.",
      );
    }
    const path = `${base}/sign-in/${uid}/from/${encodeURIComponent(req.params.provider)}`;
    res.set("Cache-Control", "no-store").redirect(303, `${path}${searchOf(req)}`);
  });

  router.get("/:uid/from/:provider", async (req, res) => {
    const pending = await pendingOf(req, res);
    const { provider } = req.params;
    await server.remember(req, res, undefined);
    try {
      const call = {
        operation: "sign_in_with_identity_provider",
        requestId: requestIdOf(res),
        at: new Date(),
        address: req.ip,
      };
      const identity = await providers.finish(
        provider,
        callbackOf(provider),
        searchOf(req),
        pending.remembered,
      );
      const { userId, members } = await providerMembers.membershipsOf(identity, call);
      const tenantIds = members.map(({ tenantId }) => tenantId);
      await server.signedIn(req, res, { userId, by: { provider, tenantIds } });
    } catch (thrown) {
      showProblem(res, pending, thrown);
    }
  });
}

function searchOf(req: Request): string {
  return /\?.*$/.exec(req.url)?.[0] ?? "";
}
