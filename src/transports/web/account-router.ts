import express, { type Request, type Response, type Router } from "express";
import { z } from "zod";
import { confirmEmail } from "../../operations/confirm-email.ts";
import type { Operation } from "../../operations/define-operation.ts";
import { login } from "../../operations/login.ts";
import { previewInvitation } from "../../operations/preview-invitation.ts";
import { register } from "../../operations/register.ts";
import { resetPassword } from "../../operations/reset-password.ts";
import type { RunOperation } from "../../operations/run-operation.ts";
import { requestIdOf } from "../rest/request-id.ts";
import {
  CONFIRM_EMAIL,
  EMAIL_CONFIRMED,
  INVITATION,
  JOINED,
  NEW_PASSWORD,
  PASSWORD_SET,
} from "./account-templates.ts";
import type { Page } from "./page.ts";
import { type PageAnswerSettings, pageAnswers } from "./page-answers.ts";

export interface AccountDependencies extends PageAnswerSettings {
  readonly run: RunOperation;
  /** Where MCP clients reach the server and let people sign in; `undefined` where that is not known. */
  readonly mcp: string | undefined;
}

const text = z.string().max(1024).catch("");
const formSchema = z.object({ code: text, username: text, password: text });

/**
 * The pages that links in mails lead to: an invitation, by which one registers or signs in, a new password, and an address. Looking at
 * one uses nothing up, so that a mail program may fetch it. No cookie stands for anybody here: what a form may do rests on the
 * code in it, which no other site has, and requests of other origins are refused before.
 */
export function accountRouter({ run, mcp, ...answers }: AccountDependencies): Router {
  const router = express.Router();
  const { show, submit, problem } = pageAnswers(answers);
  const readForm = express.urlencoded({ extended: false, limit: 16 * 1024 });

  function call(req: Request, res: Response, operation: Operation, input: object) {
    const authenticate = () => Promise.reject(new Error("Programming error: a page calls for nobody."));
    return run(operation, input, { authenticate, requestId: requestIdOf(res), address: req.ip });
  }

  async function invitationPage(
    req: Request,
    res: Response,
    code: string,
    again: object = {},
  ): Promise<Page> {
    const found = previewInvitation.output.parse(await call(req, res, previewInvitation, { code }));
    const view = { ...found, ...again, code, expires: found.expires_at.slice(0, 10) };
    return { title: "Invitation", content: INVITATION, view };
  }

  router.get("/invitation", async (req, res) => {
    show(res, await invitationPage(req, res, text.parse(req.query["code"])));
  });

  for (const [path, operation] of [
    ["/invitation/register", register],
    ["/invitation/sign-in", login],
  ] as const) {
    router.post(path, readForm, async (req, res) => {
      const { code, username, password } = formSchema.parse(req.body ?? {});
      const { tenant, role } = previewInvitation.output.parse(
        await call(req, res, previewInvitation, { code }),
      );
      await submit(
        res,
        async () => {
          await call(req, res, operation, { username, password, invitation: code, refresh: false });
          return { title: "Joined", content: JOINED, view: { tenant, role, username, mcp } };
        },
        (problem) => invitationPage(req, res, code, { problem, username }),
      );
    });
  }

  const newPassword = (code: string, problem?: string): Page => ({
    title: "New password",
    content: NEW_PASSWORD,
    view: { code, problem },
  });

  router.get("/password-reset", (req, res) => {
    show(res, newPassword(text.parse(req.query["code"])));
  });

  router.post("/password-reset", readForm, async (req, res) => {
    const { code, password } = formSchema.parse(req.body ?? {});
    await submit(
      res,
      async () => {
        await call(req, res, resetPassword, { code, new_password: password });
        return { title: "Password set", content: PASSWORD_SET, view: {} };
      },
      (problem) => newPassword(code, problem),
    );
  });

  const confirmEmailPage = (code: string, problem?: string): Page => ({
    title: "Confirm your address",
    content: CONFIRM_EMAIL,
    view: { code, problem },
  });

  router.get("/email-confirmation", (req, res) => {
    show(res, confirmEmailPage(text.parse(req.query["code"])));
  });

  router.post("/email-confirmation", readForm, async (req, res) => {
    const { code } = formSchema.parse(req.body ?? {});
    await submit(
      res,
      async () => ({
        title: "Address confirmed",
        content: EMAIL_CONFIRMED,
        view: await call(req, res, confirmEmail, { code }),
      }),
      (problem) => confirmEmailPage(code, problem),
    );
  });

  router.use(["/invitation", "/password-reset", "/email-confirmation"], problem);
  return router;
}
