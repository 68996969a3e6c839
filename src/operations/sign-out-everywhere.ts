import { z } from "zod";
import { defineOperation } from "./define-operation.ts";

export const signOutEverywhere = defineOperation({
  name: "sign_out_everywhere",
  title: "Sign out everywhere",
  description:
    "Ends all your sessions, this one too, and what you let MCP clients do, in all your tenants; it binds at the next call. API keys stay. Needs an access token, not an API key.",
  input: z.object({}),
  output: z.object({ ended: z.int().describe("How many sessions have ended") }),
  permission: "account",
  effects: { readOnly: false, destructive: true, idempotent: false },
  rest: [{ method: "post", path: "/v1/auth/sign-out-everywhere" }],
  mcp: false,
  whileEnding: true,
  cli: { command: "session end-all", example: "promptforge session end-all --token ACCESS_TOKEN" },
  handler: async (services, _input, caller) => ({ ended: await services.sessions.endAll(caller) }),
});
