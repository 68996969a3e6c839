import type { MailKind } from "../domain/mail.ts";

export interface MailTemplate {
  /** One line. */
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Mustache templates. What comes from people is escaped in HTML; in plain text nothing is markup. */
export const TEMPLATES: Readonly<Record<MailKind, MailTemplate>> = {
  invitation: {
    subject: "{{{inviter}}} invites you to {{{tenant}}} on PromptForge",
    text: `{{{inviter}}} invites you to the tenant {{{tenant}}} on PromptForge, as {{{role}}}.

Open this page to accept:
{{{link}}}

It works once, until {{{expires}}}. If you do not know what this is about, leave it.
`,
    html: `<p>{{inviter}} invites you to the tenant <strong>{{tenant}}</strong> on PromptForge, as {{role}}.</p>
<p><a href="{{link}}">Accept the invitation</a></p>
<p>It works once, until {{expires}}. If you do not know what this is about, leave it.</p>`,
  },
  password_reset: {
    subject: "Set a new password for PromptForge",
    text: `Somebody, probably you, asked for a new password for the PromptForge account {{{username}}}.

Open this page to set it:
{{{link}}}

It works once, for an hour. If it was not you, leave it: nothing changes.
`,
    html: `<p>Somebody, probably you, asked for a new password for the PromptForge account <strong>{{username}}</strong>.</p>
<p><a href="{{link}}">Set a new password</a></p>
<p>It works once, for an hour. If it was not you, leave it: nothing changes.</p>`,
  },
  email_confirmation: {
    subject: "Confirm your address for PromptForge",
    text: `Somebody, probably you, said that this is the address of the PromptForge account {{{username}}}.

Open this page to confirm it:
{{{link}}}

It works once, for a day. Whoever has the address can set the account's password. If it is not your account, leave it: nothing changes.
`,
    html: `<p>Somebody, probably you, said that this is the address of the PromptForge account <strong>{{username}}</strong>.</p>
<p><a href="{{link}}">Confirm the address</a></p>
<p>It works once, for a day. Whoever has the address can set the account's password. If it is not your account, leave it: nothing changes.</p>`,
  },
  email_changed: {
    subject: "Your PromptForge account has another address",
    text: `The PromptForge account that had this address has another one now, to which codes for new passwords go.

If that was not you, turn to the operator of {{{link}}}.
`,
    html: `<p>The PromptForge account that had this address has another one now, to which codes for new passwords go.</p>
<p>If that was not you, turn to the operator of <a href="{{link}}">{{link}}</a>.</p>`,
  },
  welcome: {
    subject: "Welcome to PromptForge",
    text: `Your PromptForge account {{{username}}} is ready, with this address for when you forget the password.

{{{link}}}
`,
    html: `<p>Your PromptForge account <strong>{{username}}</strong> is ready, with this address for when you forget the password.</p>
<p><a href="{{link}}">{{link}}</a></p>`,
  },
};
