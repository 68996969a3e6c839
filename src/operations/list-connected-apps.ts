import { z } from "zod";
import { connectedAppSchema, connectedAppView } from "../domain/client-grants.ts";
import { defineOperation } from "./define-operation.ts";

export const listConnectedApps = defineOperation({
  name: "list_connected_apps",
  title: "List my connected apps",
  description:
    "Lists the apps (MCP clients) that you let act for you by signing in, in all your tenants, with what each may do. Needs an access token, not an API key.",
  input: z.object({}),
  output: z.object({ items: z.array(connectedAppSchema) }),
  permission: "account",
  effects: { readOnly: true, destructive: false, idempotent: true },
  rest: [{ method: "get", path: "/v1/connected-apps" }],
  mcp: false,
  whileEnding: true,
  cli: { command: "app list", example: "promptforge app list --token ACCESS_TOKEN" },
  handler: async (services, _input, caller) => ({
    items: (await services.clientGrants.listOf(caller)).map(connectedAppView),
  }),
});
