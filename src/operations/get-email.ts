import { z } from "zod";
import { defineOperation } from "./define-operation.ts";

export const getEmail = defineOperation({
  name: "get_email",
  title: "See my e-mail address",
  description:
    "Tells the address to which codes for a new password go, if you have confirmed one. Needs an access token, not an API key.",
  input: z.object({}),
  output: z.object({ email: z.string().nullable() }),
  permission: "account",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [{ method: "get", path: "/v1/auth/email" }],
  mcp: false,
  whileEnding: true,
  cli: { command: "email", example: "promptforge email --token ACCESS_TOKEN" },
  handler: async (services, _input, caller) => ({
    email: (await services.emailAddresses.get(caller)) ?? null,
  }),
});
