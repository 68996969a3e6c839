import { z } from "zod";
import { promptRefSchema } from "../domain/names.ts";
import { defineOperation } from "./define-operation.ts";

export const deletePrompt = defineOperation({
  name: "delete_prompt",
  title: "Delete a prompt for good",
  description:
    "Deletes an archived prompt with all that belongs to it: versions, labels, reviews, favourites, counts. Nothing brings it " +
    "back; only its record in the audit stays. To hide a prompt and keep it, use archive_prompt.",
  input: z.object({
    name: promptRefSchema,
    confirm: z.string().max(200).describe("The prompt's name, typed exactly as it is"),
  }),
  output: z.object({
    id: z.string(),
    name: z.string(),
    versions: z.int().describe("Number of its last version"),
  }),
  permission: "tenant:admin",
  effects: { readOnly: false, destructive: true, idempotent: false },
  rest: [{ method: "delete", path: "/v1/prompts/{name}" }],
  mcp: false,
  cli: {
    command: "delete",
    positionals: ["name"],
    example: "promptforge delete support/old --confirm support/old",
  },
  handler: (services, { name, confirm }, caller) => services.deletion.deletePrompt(caller, name, confirm),
});
