import { z } from "zod";
import { adviceSchema } from "../../domain/advice.ts";
import { promptDetailSchema } from "../../domain/prompt.ts";

export const warningsSchema = z
  .array(adviceSchema)
  .describe("Advice on what was done; nothing was refused for it");

/** A prompt as it was just saved, with what whoever saved it should know. */
export const savedPromptSchema = promptDetailSchema.extend({
  warnings: warningsSchema,
});
