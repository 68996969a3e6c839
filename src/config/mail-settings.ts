import { z } from "zod";

/** Settings of the mails to people; a part of the environment's schema. */
export const mailSettings = {
  /** The server that takes them, such as smtp://user:password@mail.example.com:587; without it none are sent. */
  PROMPTFORGE_SMTP_URL: z
    .url({ protocol: /^smtps?$/ })
    .max(1000)
    .optional(),
  /** The sender, as an address alone. */
  PROMPTFORGE_MAIL_FROM: z.email().max(254).optional(),
};

const settingsSchema = z.object(mailSettings);

export interface MailConfig {
  /** Holds the password: for the mailer alone. */
  readonly url: string;
  readonly from: string;
}

/** `undefined`: no mails are sent. */
export function mailConfig(
  settings: z.infer<typeof settingsSchema>,
): MailConfig | undefined | { readonly problems: readonly string[] } {
  const { PROMPTFORGE_SMTP_URL: url, PROMPTFORGE_MAIL_FROM: from } = settings;
  if (url === undefined) return undefined;
  if (from === undefined) return { problems: ["PROMPTFORGE_MAIL_FROM is needed with PROMPTFORGE_SMTP_URL"] };
  return { url, from };
}
