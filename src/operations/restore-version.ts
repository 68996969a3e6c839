import { z } from "zod";
import { promptRefSchema } from "../domain/names.ts";
import { changeNoteSchema } from "../domain/prompt.ts";
import { defineOperation } from "./define-operation.ts";
import { versionNumberSchema } from "./fields/paging.ts";
import { savedPromptSchema } from "./fields/saved-prompt.ts";

export const restoreVersion = defineOperation({
  name: "restore_version",
  title: "Restore a version",
  description:
    "Makes an older version of a prompt the newest again, as a new version: nothing is lost. See them with get_versions.",
  input: z.object({
    name: promptRefSchema,
    version: versionNumberSchema.describe("The version to bring back"),
    change_note: changeNoteSchema.optional(),
    expected_version: versionNumberSchema
      .optional()
      .describe("The latest version you know; another one by now is refused"),
  }),
  output: savedPromptSchema,
  permission: "prompts:write",
  effects: { readOnly: false, destructive: false, idempotent: false },
  rest: [
    {
      method: "post",
      path: "/v1/prompts/{name}/versions/{version}/restore",
      ifMatch: "expected_version",
    },
  ],
  mcp: "on_demand",
  cli: {
    command: "restore-version",
    positionals: ["name", "version"],
    example: "promptforge restore-version support/triage 2",
  },
  async handler(services, { name, version, change_note, expected_version }, caller) {
    const saved = await services.prompts.restoreVersion(caller, {
      ref: name,
      version,
      changeNote: change_note,
      expectedVersion: expected_version,
    });
    return { ...saved, warnings: await services.prompts.adviceOn(caller, saved) };
  },
});
