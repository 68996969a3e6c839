import { z } from "zod";

/** A query and which prompts answer it: 2 is exactly what was asked for, 1 is usable; whoever is not named is neither. */
export const judgedQuerySchema = z.object({
  id: z.string().min(1),
  query: z.string().trim().min(1).max(2000),
  kind: z.string().min(1).default("all"),
  /** Empty: nothing in the library fits, and none should be offered. */
  relevant: z.record(z.string(), z.int().min(0).max(10)),
});

export type JudgedQuery = z.infer<typeof judgedQuerySchema>;

/** Grades by the ids of the library's prompts. */
export type Grades = ReadonlyMap<string, number>;
