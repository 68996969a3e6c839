import { AppError } from "../../domain/errors.ts";
import type { ImportTarget } from "../../exchange/import-prompts.ts";
import { createPrompt } from "../../operations/create-prompt.ts";
import type { Operation } from "../../operations/define-operation.ts";
import { getPrompt } from "../../operations/get-prompt.ts";
import { updatePrompt } from "../../operations/update-prompt.ts";

/** The library as an import uses it, through the operations that everybody uses. */
export function importTarget(
  call: (operation: Operation, input: object) => Promise<Record<string, unknown>>,
): ImportTarget {
  return {
    async find(name) {
      try {
        return getPrompt.output.parse(await call(getPrompt, { name }));
      } catch (error) {
        if (error instanceof AppError && error.code === "not_found") return undefined;
        throw error;
      }
    },
    async create(prompt) {
      await call(createPrompt, prompt);
    },
    async update(prompt) {
      await call(updatePrompt, prompt);
    },
  };
}
