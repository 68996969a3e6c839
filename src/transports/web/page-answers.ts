import type { ErrorRequestHandler, Response } from "express";
import { z } from "zod";
import type { AppError } from "../../domain/errors.ts";
import { httpError, isUnexpected } from "../rest/problem.ts";
import { requestIdOf } from "../rest/request-id.ts";
import { type Page, pageHeaders, renderPage } from "./page.ts";
import { problemPage } from "./sign-in-pages.ts";

export interface PageAnswerSettings {
  readonly onError: (error: unknown, requestId: string) => void;
  /** Path under which clients reach the server; empty where that is its root. */
  readonly base: string;
}

/** How pages of forms answer. */
export function pageAnswers({ onError, base }: PageAnswerSettings) {
  function show(res: Response, page: Page): void {
    res.set(pageHeaders()).type("html").send(renderPage(page, base));
  }

  /** A form's outcome; what the person can mend is told on the page with the form. */
  async function submit(
    res: Response,
    work: () => Promise<Page>,
    form: (problem: string) => Page | Promise<Page>,
  ): Promise<void> {
    const done = await work().catch(httpError);
    if (!("error" in done)) return show(res, done);
    if (isUnexpected(done.error)) throw done.error;
    const page = await form(wordsOf(done.error));
    res.status(done.status).set(done.headers);
    show(res, page);
  }

  const problem: ErrorRequestHandler = (thrown, _req, res, next) => {
    if (res.headersSent) return next(thrown);
    if (isUnexpected(thrown)) onError(thrown, requestIdOf(res));
    const { error, status, headers } = httpError(thrown);
    res.status(status).set(headers);
    show(res, problemPage(error));
  };

  return { show, submit, problem };
}

const issuesSchema = z.object({ issues: z.array(z.object({ message: z.string() })).min(1) });

/** What is wrong, for a person: what the fields of the input are called in programs is left out. */
function wordsOf({ message, details }: AppError): string {
  const read = issuesSchema.safeParse(details);
  return read.success ? `${read.data.issues.map((issue) => issue.message).join(". ")}.` : message;
}
