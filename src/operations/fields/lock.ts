import { z } from "zod";
import { LOCK_ENTRY } from "../../services/lock.ts";

export const lockSchema = z
  .record(
    z.string().max(300),
    z.string().regex(LOCK_ENTRY, "An entry of a lock is as resolve_prompt gives it"),
  )
  .describe("Exact versions, as resolve_prompt gives them");
