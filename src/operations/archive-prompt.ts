import { z } from "zod";
import { promptRefSchema } from "../domain/names.ts";
import { promptSchema } from "../domain/prompt.ts";
import { defineOperation } from "./define-operation.ts";
import { warningsSchema } from "./fields/saved-prompt.ts";

export const archivePrompt = defineOperation({
  name: "archive_prompt",
  title: "Archive a prompt",
  description:
    "Hides a prompt from lists and search. Nothing is lost: its name, content and versions stay, and restore_prompt brings it back. Warns who includes it.",
  input: z.object({ name: promptRefSchema }),
  output: promptSchema.extend({ warnings: warningsSchema }),
  permission: "prompts:write",
  effects: { readOnly: false, destructive: true, idempotent: true },
  rest: [{ method: "post", path: "/v1/prompts/{name}/archive" }],
  mcp: true,
  cli: { command: "archive", positionals: ["name"], example: "promptforge archive support/triage" },
  async handler(services, { name }, caller) {
    const archived = await services.prompts.archive(caller, name);
    return { ...archived, warnings: await services.prompts.adviceOnArchived(caller, archived.id) };
  },
});
