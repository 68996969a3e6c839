import { z } from "zod";
import { defineOperation } from "./define-operation.ts";
import { newPasswordSchema } from "./fields/password.ts";

export const changePassword = defineOperation({
  name: "change_password",
  title: "Change my password",
  description:
    "Sets another password for you and ends all your sessions, this one too; API keys stay. Needs the old password, and an access token, not an API key.",
  input: z.object({
    current_password: z.string().min(1).max(1024).describe("The password that you have"),
    new_password: newPasswordSchema,
  }),
  output: z.object({ message: z.string() }),
  permission: "account",
  effects: { readOnly: false, destructive: true, idempotent: false },
  rest: [{ method: "post", path: "/v1/auth/password" }],
  mcp: false,
  whileEnding: true,
  handler: async (services, { current_password, new_password }, caller) => {
    await services.passwords.change(caller, current_password, new_password);
    return { message: "The password is set, and every session has ended. Sign in with it." };
  },
});
