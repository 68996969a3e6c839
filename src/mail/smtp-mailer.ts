import Mustache from "mustache";
import { createTransport } from "nodemailer";
import type { Mailer } from "../domain/ports/mail.ts";
import { TEMPLATES } from "./templates.ts";

/** For the connection, for its greeting, and between any two answers. */
const TIMEOUT_MS = 10_000;
const CONTROLS = /\p{Cc}+/gu;

/**
 * Sends by the server at an smtp:// or smtps:// address. Recipient and sender are each one address, given as such: nothing in
 * them is read as a list or a header, and a subject is one line. Each message is text and HTML.
 */
export function createSmtpMailer({ url, from }: { readonly url: string; readonly from: string }): Mailer {
  const transport = createTransport({
    url,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    async send({ kind, to, facts }) {
      const { subject, text, html } = TEMPLATES[kind];
      try {
        await transport.sendMail({
          from: { name: "PromptForge", address: from },
          to: { name: "", address: to },
          subject: Mustache.render(subject, facts).replace(CONTROLS, " "),
          text: Mustache.render(text, facts),
          html: Mustache.render(html, facts),
        });
      } catch (error) {
        throw new Error(reasonOf(error));
      }
    },
    close: () => transport.close(),
  };
}

/** The kind of failure. The server's own words may repeat the mail, or the password that it was given. */
function reasonOf(error: unknown): string {
  const { code, responseCode } = error as { readonly code?: unknown; readonly responseCode?: unknown };
  return [
    typeof code === "string" ? code : "the mail server did not take it",
    ...(typeof responseCode === "number" ? [`SMTP ${responseCode}`] : []),
  ].join(", ");
}
