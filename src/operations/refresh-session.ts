import { z } from "zod";
import { definePublicOperation } from "./define-operation.ts";
import { accessTokenSchema, accessTokenView } from "./fields/access-token.ts";

export const refreshSession = definePublicOperation({
  name: "refresh_session",
  title: "Renew a session",
  description:
    "Gives a new access token and the next refresh token for a refresh token, which is good once: one that was used before ends the session.",
  input: z.object({
    refresh_token: z.string().min(1).max(4096).describe("The last one that you were given"),
  }),
  output: accessTokenSchema,
  permission: "public",
  effects: { readOnly: false, destructive: false, idempotent: false },
  rest: [{ method: "post", path: "/v1/auth/refresh" }],
  mcp: false,
  handler: async (services, { refresh_token }, call) =>
    accessTokenView(await services.sessions.refresh(refresh_token, call)),
});
