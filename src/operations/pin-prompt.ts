import { z } from "zod";
import { promptRefSchema } from "../domain/names.ts";
import { defineOperation } from "./define-operation.ts";
import { pinnedSchema } from "./fields/pinned.ts";

export const pinPrompt = defineOperation({
  name: "pin_prompt",
  title: "Pin a prompt",
  description:
    "Makes a prompt one of your favourites: they come first in prompts/list, and list_prompts gives them alone with favourites.",
  input: z.object({ name: promptRefSchema }),
  output: pinnedSchema,
  permission: "prompts:read",
  effects: { readOnly: false, destructive: false, idempotent: true },
  rest: [{ method: "put", path: "/v1/favourites/{name}" }],
  mcp: "on_demand",
  cli: { command: "pin", positionals: ["name"], example: "promptforge pin support/triage" },
  handler: (services, { name }, caller) => services.favourites.pin(caller, name),
});
