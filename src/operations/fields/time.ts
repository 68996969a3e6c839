import { z } from "zod";

const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** A moment, or a day's beginning in UTC. */
export function timeSchema(what: string) {
  return z
    .string()
    .trim()
    .regex(TIME, "A time is written 2026-01-31 or 2026-01-31T18:00:00Z")
    .refine((text) => !Number.isNaN(Date.parse(text)), "There is no such day or time")
    .describe(`${what} (ISO 8601, such as 2026-01-31)`);
}
