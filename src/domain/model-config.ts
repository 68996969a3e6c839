import { z } from "zod";
import { type JsonObject, jsonProblem } from "./json-bounds.ts";

/** 16 KiB: settings, not data. */
const BOUNDS = { bytes: 16 * 1024, depth: 8 };

/** Settings for the model that a version is meant for. PromptForge keeps them and hands them out; it reads none of them. */
export type ModelConfig = JsonObject;

export const modelConfigSchema = z
  .record(z.string(), z.unknown())
  .superRefine((config, context) => {
    const problem = jsonProblem(config, BOUNDS);
    if (problem !== undefined) context.addIssue({ code: "custom", message: `The config ${problem}` });
  })
  .describe("Settings for the model, such as model and temperature; any JSON object");
