import { z } from "zod";
import { definePublicOperation } from "./define-operation.ts";
import { newPasswordSchema, resetCodeSchema } from "./fields/password.ts";

export const resetPassword = definePublicOperation({
  name: "reset_password",
  title: "Set a new password by a code",
  description: "Sets another password with a code that was mailed, once, and ends all sessions of its owner.",
  input: z.object({ code: resetCodeSchema, new_password: newPasswordSchema }),
  output: z.object({ message: z.string() }),
  permission: "public",
  effects: { readOnly: false, destructive: true, idempotent: false },
  rest: [{ method: "post", path: "/v1/auth/password-reset" }],
  mcp: false,
  handler: async (services, { code, new_password }, call) => {
    await services.passwords.reset(code, new_password, call);
    return { message: "The password is set, and every session has ended. Sign in with it." };
  },
});
