import { z } from "zod";
import { sessionSchema, sessionView } from "../domain/session.ts";
import { defineOperation } from "./define-operation.ts";

export const listSessions = defineOperation({
  name: "list_sessions",
  title: "List my sessions",
  description:
    "Lists where you are signed in, in all your tenants, the last used first. Needs an access token, not an API key.",
  input: z.object({}),
  output: z.object({ items: z.array(sessionSchema) }),
  permission: "account",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [{ method: "get", path: "/v1/sessions" }],
  mcp: false,
  whileEnding: true,
  cli: { command: "session list", example: "promptforge session list --token ACCESS_TOKEN" },
  handler: async (services, _input, caller) => ({
    items: (await services.sessions.list(caller)).map((session) => sessionView(session, caller.sessionId)),
  }),
});
