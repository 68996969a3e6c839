import { z } from "zod";
import { defineOperation } from "./define-operation.ts";

export const signOut = defineOperation({
  name: "sign_out",
  title: "Sign out",
  description:
    "Ends this session, or another one of yours: its access and refresh tokens are refused from the next call on. Needs an access token, not an API key.",
  input: z.object({
    id: z.string().min(1).max(100).optional().describe("Id of another session, from list_sessions"),
  }),
  output: z.object({ ended: z.int().describe("How many sessions have ended") }),
  permission: "account",
  effects: { readOnly: false, destructive: true, idempotent: false },
  rest: [
    { method: "post", path: "/v1/auth/sign-out" },
    { method: "delete", path: "/v1/sessions/{id}" },
  ],
  mcp: false,
  whileEnding: true,
  cli: {
    command: "session end",
    positionals: ["id"],
    example: "promptforge session end 0b6f… --token ACCESS_TOKEN",
  },
  handler: async (services, { id }, caller) => {
    await services.sessions.end(caller, id);
    return { ended: 1 };
  },
});
