import { z } from "zod";
import { defineOperation } from "./define-operation.ts";

export const deleteAccount = defineOperation({
  name: "delete_account",
  title: "Delete my account",
  description:
    "Ends your account at once: memberships, API keys, sessions, searches, name, password and e-mail address. What you wrote stays, by a " +
    "deleted user. The only admin of a tenant cannot go before somebody else is admin, or the tenant is being deleted. Needs an access token, not an API key.",
  input: z.object({ password: z.string().min(1).max(1024).describe("Your password") }),
  output: z.object({ message: z.string() }),
  permission: "account",
  effects: { readOnly: false, destructive: true, idempotent: false },
  rest: [{ method: "post", path: "/v1/auth/account/deletion" }],
  mcp: false,
  whileEnding: true,
  handler: async (services, { password }, caller) => {
    await services.leaving.deleteAccount(caller, password);
    return { message: "Your account is gone." };
  },
});
