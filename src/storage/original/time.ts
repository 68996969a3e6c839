import { z } from "zod";

/** As SQLAlchemy writes it, in UTC, and as ISO 8601 has it. */
const TIME = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s*(Z|[+-]\d\d:?\d\d)?)?$/;

/** A time of the original's; `undefined` where there is none that can be read. */
export const timeSchema = z.unknown().transform((value): Date | undefined => {
  if (typeof value !== "string") return undefined;
  const [, day, clock = "00:00", zone = "Z"] = TIME.exec(value.trim()) ?? [];
  const time = new Date(`${day}T${clock.replace(/(\.\d{3})\d+$/, "$1")}${zone}`);
  return Number.isNaN(time.getTime()) ? undefined : time;
});
