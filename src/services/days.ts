const DAY_MS = 24 * 60 * 60_000;

/** The day of a moment, in UTC, as 2025-01-31. */
export function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}

/** The day so many days before a moment. */
export function daysBefore(at: Date, days: number): string {
  return dayOf(new Date(at.getTime() - days * DAY_MS));
}
