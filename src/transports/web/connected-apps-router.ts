import express, { type Request, type Response, type Router } from "express";
import { z } from "zod";
import type { Caller } from "../../domain/identity.ts";
import type { Operation } from "../../operations/define-operation.ts";
import { listConnectedApps } from "../../operations/list-connected-apps.ts";
import { login } from "../../operations/login.ts";
import { revokeConnectedApp } from "../../operations/revoke-connected-app.ts";
import type { RunOperation } from "../../operations/run-operation.ts";
import { signOut } from "../../operations/sign-out.ts";
import { requestIdOf } from "../rest/request-id.ts";
import { CONNECTED_APPS, CONNECTED_APPS_LEFT, CONNECTED_APPS_SIGN_IN } from "./account-templates.ts";
import { clientWords, SCOPE_WORDS } from "./consent-words.ts";
import type { Page } from "./page.ts";
import { type PageAnswerSettings, pageAnswers } from "./page-answers.ts";

export interface ConnectedAppsDependencies extends PageAnswerSettings {
  readonly run: RunOperation;
  readonly authenticate: (credential: string) => Promise<Caller>;
}

const text = z.string().max(4096).catch("");
const formSchema = z.object({ username: text, password: text, token: text, id: text });

/**
 * The page on which people see the apps that act for them, and end that. As on the other pages no cookie stands for anybody: after
 * signing in, the forms carry the access token of the session, which lives some minutes, renews nothing, and ends when one leaves.
 */
export function connectedAppsRouter({ run, authenticate, ...answers }: ConnectedAppsDependencies): Router {
  const router = express.Router();
  const readForm = express.urlencoded({ extended: false, limit: 16 * 1024 });
  const { show, submit, problem } = pageAnswers(answers);

  const call = (req: Request, res: Response, token: string, operation: Operation, input: object) =>
    run(operation, input, {
      authenticate: () => authenticate(token),
      requestId: requestIdOf(res),
      address: req.ip,
    });

  async function appsPage(req: Request, res: Response, token: string): Promise<Page> {
    const { items } = listConnectedApps.output.parse(await call(req, res, token, listConnectedApps, {}));
    const apps = items.map(({ id, app, client_id, tenant, scopes, allowed_at, expires_at }) => ({
      id,
      app: clientWords({
        id: client_id ?? "",
        name: app ?? undefined,
        published: URL.canParse(client_id ?? ""),
      }),
      tenant,
      scopes: scopes.map((scope) => SCOPE_WORDS[scope]).join("; "),
      since: allowed_at.slice(0, 10),
      until: expires_at.slice(0, 10),
    }));
    return {
      title: "Connected apps",
      content: CONNECTED_APPS,
      view: { apps, token, none: apps.length === 0 },
    };
  }

  function signInPage(fields: { readonly username?: string; readonly problem?: string } = {}): Page {
    return { title: "Connected apps", content: CONNECTED_APPS_SIGN_IN, view: fields };
  }

  router.get("/connected-apps", (_req, res) => show(res, signInPage()));

  router.post("/connected-apps", readForm, async (req, res) => {
    const { username, password } = formSchema.parse(req.body ?? {});
    await submit(
      res,
      async () => {
        const session = await call(req, res, "", login, { username, password, refresh: false });
        return appsPage(req, res, login.output.parse(session).access_token);
      },
      (what) => signInPage({ username, problem: what }),
    );
  });

  router.post("/connected-apps/disconnect", readForm, async (req, res) => {
    const { token, id } = formSchema.parse(req.body ?? {});
    await submit(
      res,
      async () => {
        await call(req, res, token, revokeConnectedApp, { id });
        return appsPage(req, res, token);
      },
      (what) => signInPage({ problem: what }),
    );
  });

  router.post("/connected-apps/leave", readForm, async (req, res) => {
    const { token } = formSchema.parse(req.body ?? {});
    await submit(
      res,
      async () => {
        await call(req, res, token, signOut, {});
        return { title: "Connected apps", content: CONNECTED_APPS_LEFT, view: {} };
      },
      (what) => signInPage({ problem: what }),
    );
  });

  router.use("/connected-apps", problem);
  return router;
}
