import { z } from "zod";
import { promptRefSchema } from "../domain/names.ts";
import { promptSchema } from "../domain/prompt.ts";
import { defineOperation } from "./define-operation.ts";

export const restorePrompt = defineOperation({
  name: "restore_prompt",
  title: "Restore a prompt",
  description: "Brings an archived prompt back to lists and search, as it was.",
  input: z.object({ name: promptRefSchema }),
  output: promptSchema,
  permission: "prompts:write",
  effects: { readOnly: false, destructive: false, idempotent: true },
  rest: [{ method: "post", path: "/v1/prompts/{name}/restore" }],
  mcp: true,
  cli: { command: "restore", positionals: ["name"], example: "promptforge restore support/triage" },
  handler: (services, { name }, caller) => services.prompts.restore(caller, name),
});
