import { z } from "zod";
import { promptNameSchema } from "../domain/names.ts";
import { defineOperation } from "./define-operation.ts";

export const removeRedirect = defineOperation({
  name: "remove_redirect",
  title: "Remove a redirect",
  description: "Ends that a name which a prompt had still finds it. list_redirects tells which there are.",
  input: z.object({ name: promptNameSchema.describe("The former name") }),
  output: z.object({ name: z.string(), led_to: z.string().describe("The prompt that it found") }),
  permission: "prompts:write",
  effects: { readOnly: false, destructive: true, idempotent: false },
  rest: [{ method: "delete", path: "/v1/redirects/{name}" }],
  mcp: "on_demand",
  cli: {
    command: "redirect remove",
    positionals: ["name"],
    example: "promptforge redirect remove support/triage",
  },
  async handler(services, { name }, caller) {
    const { leadsTo } = await services.renaming.removeRedirect(caller, name);
    return { name, led_to: leadsTo };
  },
});
