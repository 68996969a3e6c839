import { z } from "zod";
import { definePublicOperation } from "./define-operation.ts";

export const confirmEmail = definePublicOperation({
  name: "confirm_email",
  title: "Confirm an e-mail address",
  description:
    "Makes an address that was set with set_email its owner's, by the code that was mailed there, once.",
  input: z.object({ code: z.string().trim().min(1).max(200).describe("The code from the mail") }),
  output: z.object({ email: z.string() }),
  permission: "public",
  effects: { readOnly: false, destructive: false, idempotent: false },
  rest: [{ method: "post", path: "/v1/auth/email/confirmation" }],
  mcp: false,
  handler: async (services, { code }, call) => ({
    email: await services.emailAddresses.confirm(code, call),
  }),
});
