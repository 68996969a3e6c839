import { z } from "zod";
import { foldedUsername } from "../domain/identity.ts";
import { definePublicOperation } from "./define-operation.ts";

export const requestPasswordReset = definePublicOperation({
  name: "request_password_reset",
  title: "Ask for a new password",
  description:
    "Mails a code for a new password to the e-mail address of an account. The answer is the same whether there is such an account or not.",
  input: z.object({
    username: z
      .string()
      .overwrite(foldedUsername)
      .min(1)
      .max(254)
      .describe("Your username, or your e-mail address"),
  }),
  output: z.object({ message: z.string() }),
  permission: "public",
  effects: { readOnly: false, destructive: false, idempotent: true },
  rest: [{ method: "post", path: "/v1/auth/password-reset/request" }],
  mcp: false,
  handler: async (services, { username }) => {
    await services.passwords.requestReset(username);
    return {
      message:
        "If there is such an account and its e-mail address is known, a mail is on its way. It is good for an hour.",
    };
  },
});
