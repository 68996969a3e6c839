import { z } from "zod";
import { defineOperation } from "./define-operation.ts";

export const revokeConnectedApp = defineOperation({
  name: "revoke_connected_app",
  title: "Disconnect an app",
  description:
    "Ends what an app (MCP client) may do for you: its tokens are refused from the next call on. It can ask you again. Needs an access token, not an API key.",
  input: z.object({ id: z.string().min(1).max(100).describe("Id from list_connected_apps") }),
  output: z.object({ ended: z.int().describe("How many apps were disconnected") }),
  permission: "account",
  effects: { readOnly: false, destructive: true, idempotent: false },
  rest: [{ method: "delete", path: "/v1/connected-apps/{id}" }],
  mcp: false,
  whileEnding: true,
  cli: {
    command: "app revoke",
    positionals: ["id"],
    example: "promptforge app revoke 0b6f… --token ACCESS_TOKEN",
  },
  handler: async (services, { id }, caller) => {
    await services.clientGrants.revoke(caller, id);
    return { ended: 1 };
  },
});
