import { z } from "zod";

/** A prompt, and whether it is one of the caller's favourites now. */
export const pinnedSchema = z.object({ id: z.string(), name: z.string(), pinned: z.boolean() });
