import { z } from "zod";
import { promptRefSchema } from "../domain/names.ts";
import { defineOperation } from "./define-operation.ts";
import { pinnedSchema } from "./fields/pinned.ts";

export const unpinPrompt = defineOperation({
  name: "unpin_prompt",
  title: "Unpin a prompt",
  description: "Takes a prompt off your favourites.",
  input: z.object({ name: promptRefSchema }),
  output: pinnedSchema,
  permission: "prompts:read",
  effects: { readOnly: false, destructive: false, idempotent: true },
  rest: [{ method: "delete", path: "/v1/favourites/{name}" }],
  mcp: "on_demand",
  cli: { command: "unpin", positionals: ["name"], example: "promptforge unpin support/triage" },
  handler: (services, { name }, caller) => services.favourites.unpin(caller, name),
});
