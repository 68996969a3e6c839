import { z } from "zod";
import { LOSS_KINDS } from "../../exchange/formats/format.ts";

/** 32 MiB of characters: the largest file that is taken whole. */
export const MAX_FILE_LENGTH = 32 * 1024 * 1024;

/** A file with its text. */
export const fileSchema = z.object({
  path: z.string().min(1).max(1000).describe("Path below a folder, with slashes"),
  text: z.string().max(MAX_FILE_LENGTH),
});

export const lossSchema = z.object({
  kind: z.enum(LOSS_KINDS),
  message: z.string(),
  count: z.int().describe("How many prompts, or versions of them"),
  names: z.array(z.string()).describe("The first of them"),
});
