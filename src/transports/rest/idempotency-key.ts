import type { Request } from "express";

/**
 * The key in a request's Idempotency-Key header; as the draft has it, a string in quotes [RFC 8941, section 3.3.3], as most
 * clients have it, without. Whether it is a key at all is seen where it is used.
 */
export function idempotencyKeyOf(req: Request): string | undefined {
  const given = req.get("Idempotency-Key")?.trim();
  return given === undefined ? undefined : (/^"(.*)"$/.exec(given)?.[1] ?? given);
}
