import express, { type RequestHandler, type Router } from "express";
import type { App } from "../../app.ts";
import { SCOPES } from "../../domain/roles.ts";
import { setProtectedResource } from "../rest/protected-resource.ts";
import { pageHeaders, renderPage } from "../web/page.ts";
import { problemPage } from "../web/sign-in-pages.ts";
import { signInRouter } from "../web/sign-in-router.ts";
import { METADATA, type PublicAddress } from "./public-address.ts";

/** Says for each request which protected resource it is for. */
export function namesResource(address: PublicAddress): RequestHandler {
  return (req, res, next) => {
    setProtectedResource(res, address.resourceAt(req.path === "/mcp" ? "/mcp" : "/v1", req.headers.host));
    next();
  };
}

/** The authorization server with its pages, and the metadata by which clients find it [RFC 9728, RFC 8414]. */
export function oauthRouter(app: App, address: PublicAddress): Router {
  const { pathname } = new URL(address.issuer);
  const base = pathname === "/" ? "" : pathname;
  const server = app.openAuthorizationServer({
    issuer: address.issuer,
    resources: address.resources,
    defaultScopes: address.defaultScopes,
    interactionUrl: (uid) => `${address.issuer}/sign-in/${uid}`,
    renderError(ctx, { error, error_description }) {
      const message = `${error_description ?? "The app's request could not be answered"}. Go back to the app and start again.`;
      ctx.set(pageHeaders());
      ctx.type = "html";
      ctx.body = renderPage(problemPage({ message, code: error }), base);
    },
  });

  const outsideIssuers = app.config.identityProviders
    .filter(({ accessTokens }) => accessTokens !== undefined)
    .map(({ issuer }) => issuer);

  const router = express.Router();
  for (const path of ["/mcp", "/v1"] as const) {
    const at = path === "/mcp" ? [METADATA, `${METADATA}${base}`] : [];
    router.get([...at, `${METADATA}${path}`, `${METADATA}${base}${path}`], (req, res) => {
      const { identifier } = address.resourceAt(path, req.headers.host);
      res.set({ "Cache-Control": "public, max-age=300", "X-Content-Type-Options": "nosniff" }).json({
        resource: identifier,
        resource_name: "PromptForge",
        authorization_servers: [address.issuer, ...outsideIssuers],
        scopes_supported: SCOPES,
        bearer_methods_supported: ["header"],
        resource_documentation: `${address.issuer}/docs`,
      });
    });
  }
  for (const path of server.metadataPaths) {
    // Clients put an issuer's own path behind the well-known one [RFC 8414, section 3].
    router.all([path, `${path}${base}`], (req, res) => {
      req.url = path;
      return server.handle(req, res);
    });
  }
  router.post(server.registrationPath, countRegistration(app));
  router.all(`${server.path}/*rest`, countCall(app), (req, res) => server.handle(req, res));
  router.use(
    "/sign-in",
    signInRouter({
      server,
      count: countCall(app),
      issuer: address.issuer,
      base,
      providers: app.providerSignIn,
      providerMembers: app.services.providerMembers,
      authentication: app.services.authentication,
      clientGrants: app.services.clientGrants,
      onError: (err, requestId) => app.log.error({ err, requestId }, "sign-in"),
    }),
  );
  return router;
}

/** What strangers may ask of the authorization server is counted with what else they may ask. */
function countCall({ services: { callLimits } }: App): RequestHandler {
  return async (req, _res, next) => {
    await callLimits.count("sign_in", { address: req.ip ?? "" });
    next();
  };
}

function countRegistration({ services: { clientRegistrations } }: App): RequestHandler {
  return async (req, _res, next) => {
    await clientRegistrations.count(req.ip ?? "");
    next();
  };
}
