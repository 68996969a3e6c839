import { timingSafeEqual } from "node:crypto";
import express, {
  type ErrorRequestHandler,
  type Request,
  type RequestHandler,
  type Response,
  type Router,
} from "express";
import { z } from "zod";
import { AppError } from "../../domain/errors.ts";
import { type CallContext, foldedUsername, type Member } from "../../domain/identity.ts";
import { SCOPES } from "../../domain/roles.ts";
import type { ProviderSignIn } from "../../security/identity-providers/sign-in.ts";
import type { AuthorizationServer, PendingAuthorization } from "../../security/oauth/authorization-server.ts";
import type { AuthenticationService } from "../../services/authentication.ts";
import type { ClientGrantService, SignedInPerson } from "../../services/client-grants.ts";
import type { ProviderMemberService } from "../../services/provider-members.ts";
import { httpError, isUnexpected } from "../rest/problem.ts";
import { requestIdOf } from "../rest/request-id.ts";
import { type Page, pageHeaders, renderPage } from "./page.ts";
import { mountProviderRoutes } from "./provider-routes.ts";
import { consentPage, problemPage, signInPage, tenantsPage } from "./sign-in-pages.ts";
import { STYLE } from "./style.ts";

export interface SignInDependencies {
  readonly server: AuthorizationServer;
  /** Counts a request with what else strangers may ask; rejects with `rate_limited`. */
  readonly count: RequestHandler;
  readonly authentication: Pick<AuthenticationService, "checkPassword" | "requireCurrent">;
  readonly clientGrants: ClientGrantService;
  readonly providers: ProviderSignIn;
  readonly providerMembers: ProviderMemberService;
  readonly onError: (error: unknown, requestId: string) => void;
  /** The address under which clients reach the server. */
  readonly issuer: string;
  /** Its path; empty where that is the root. */
  readonly base: string;
}

/** Texts of a form; what is missing counts as empty, which no rule below takes for right. */
const text = z.string().max(1024).catch("");
const formSchema = z.object({
  form_token: text,
  username: text.transform(foldedUsername),
  password: text,
  tenant: text,
  scope: z
    .union([z.array(z.string()), z.string().transform((one) => [one])])
    .catch([])
    .transform((given) => SCOPES.filter((scope) => given.includes(scope))),
});

/**
 * The pages on which people sign in, choose a tenant and consent, for an authorization request that waits for them. They
 * are plain forms. Each knows its request by a cookie that only its own path gets, and carries a token of the request, so
 * that no other site's page can send it.
 */
export function signInRouter({
  server,
  count,
  authentication,
  clientGrants,
  providers,
  providerMembers,
  onError,
  issuer,
  base,
}: SignInDependencies): Router {
  const router = express.Router();
  const readForm = express.urlencoded({ extended: false, limit: 16 * 1024 });

  function show(res: Response, page: Page, redirectUri?: string): void {
    res.set(pageHeaders(redirectUri)).type("html").send(renderPage(page, base));
  }

  async function pendingOf(req: Request, res: Response): Promise<PendingAuthorization> {
    const pending = await server.pending(req, res);
    res.locals["redirectUri"] = pending.redirectUri;
    return pending;
  }

  /** The sign-in page once more, with what went wrong; an error that nobody expects is thrown. */
  function showProblem(
    res: Response,
    pending: PendingAuthorization,
    thrown: unknown,
    username?: string,
  ): void {
    if (isUnexpected(thrown)) throw thrown;
    const { error, status, headers } = httpError(thrown);
    res.status(status).set(headers);
    const page = signInPage(pending, providers.choices, { username, problem: error.message });
    show(res, page, pending.redirectUri);
  }

  /** Whoever has signed in for a request. */
  function personOf({ userId, signedInBy }: PendingAuthorization): SignedInPerson | undefined {
    return userId === undefined ? undefined : clientGrants.personOf(userId, signedInBy);
  }

  /** What a form says, when it is one of ours. */
  async function submitted(req: Request, res: Response) {
    const pending = await pendingOf(req, res);
    const form = formSchema.parse(req.body ?? {});
    if (!isSame(form.form_token, pending.formToken)) {
      throw new AppError(
        "forbidden",
        "This form was not sent by the page that it belongs to. Open the page again.",
      );
    }
    return { pending, form };
  }

  router.get("/style.css", (_req, res) => {
    res
      .set({ "Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff" })
      .type("css")
      .send(STYLE);
  });

  router.use(count);

  router.get("/:uid", async (req, res) => {
    const pending = await pendingOf(req, res);
    const person = personOf(pending);
    const page =
      pending.step === "sign-in" || person === undefined
        ? signInPage(pending, providers.choices)
        : consentOrChoice(pending, await clientGrants.tenantsOf(person), req.query["tenant"]);
    show(res, page, pending.redirectUri);
  });

  router.post("/:uid", readForm, async (req, res) => {
    const { pending, form } = await submitted(req, res);
    const { username, password } = form;
    try {
      const user = await authentication.checkPassword(username, password, req.ip);
      // Told here, where somebody else can still sign in.
      await clientGrants.tenantsOf(clientGrants.personOf(user.id, undefined));
      const requireProven = () => authentication.requireCurrent(user);
      await server.signedIn(req, res, { userId: user.id, requireProven });
    } catch (thrown) {
      showProblem(res, pending, thrown, username);
    }
  });

  mountProviderRoutes(router, { server, providers, providerMembers, issuer, base, pendingOf, showProblem });

  router.post("/:uid/allow", readForm, async (req, res) => {
    const { pending, form } = await submitted(req, res);
    const { client, scopes } = pending;
    const person = personOf(pending);
    if (person === undefined) throw new AppError("unauthenticated", "Sign in first.");
    const agreed = {
      tenantId: form.tenant,
      client,
      scopes: scopes.filter((scope) => form.scope.includes(scope)),
    };
    await server.granted(req, res, await clientGrants.grant(person, agreed, callOf(req, res)));
  });

  router.post("/:uid/deny", readForm, async (req, res) => {
    await submitted(req, res);
    await server.denied(req, res);
  });

  router.post("/:uid/sign-out", readForm, async (req, res) => {
    await submitted(req, res);
    await server.signedOut(req, res);
  });

  const problem: ErrorRequestHandler = (thrown, _req, res, next) => {
    if (res.headersSent) return next(thrown);
    if (isUnexpected(thrown)) onError(thrown, requestIdOf(res));
    const { error, status, headers } = httpError(thrown);
    res.status(status).set(headers);
    show(res, problemPage(error), res.locals["redirectUri"]);
  };
  router.use(problem);
  return router;
}

function consentOrChoice(
  pending: PendingAuthorization,
  tenants: readonly [Member, ...Member[]],
  chosen: unknown,
): Page {
  const [only, ...others] = tenants;
  const tenant = others.length === 0 ? only : tenants.find(({ tenantId }) => tenantId === chosen);
  return tenant === undefined
    ? tenantsPage(pending, tenants)
    : consentPage(pending, tenant, others.length > 0);
}

function callOf(req: Request, res: Response): CallContext {
  return { operation: "grant_client", requestId: requestIdOf(res), at: new Date(), address: req.ip };
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
