import { z } from "zod";
import { emailSchema } from "../domain/invitation.ts";
import { defineOperation } from "./define-operation.ts";

export const setEmail = defineOperation({
  name: "set_email",
  title: "Set my e-mail address",
  description:
    "Mails a code to an address that is yours; confirm_email makes it the one to which codes for a new password go. Until then the one before stays. Needs your password, and an access token, not an API key.",
  input: z.object({
    email: emailSchema.describe("Your e-mail address"),
    password: z.string().min(1).max(1024).describe("Your password"),
  }),
  output: z.object({ message: z.string() }),
  permission: "account",
  effects: { readOnly: false, destructive: false, idempotent: true },
  rest: [{ method: "put", path: "/v1/auth/email" }],
  mcp: false,
  whileEnding: true,
  handler: async (services, { email, password }, caller) => {
    await services.emailAddresses.claim(caller, email, password);
    return {
      message: "A mail is on its way to the address. It is yours when you open the page in it, within a day.",
    };
  },
});
