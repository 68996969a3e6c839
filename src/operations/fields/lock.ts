import { z } from "zod";

export const lockSchema = z
  .record(z.string().max(300), z.int().min(1))
  .describe("Exact versions, as resolve_prompt gives them");
