import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { canonicalJson } from "../domain/canonical-json.ts";
import { AppError } from "../domain/errors.ts";
import type { CursorPosition, CursorScope, Cursors } from "../domain/ports/security.ts";
import { decodeBase64url } from "./base64url.ts";

/** The longest cursor, in characters. */
export const MAX_CURSOR_LENGTH = 4096;

const SEAL_BYTES = 32;

const positionSchema = z.tuple([z.union([z.string(), z.number()]), z.string()]);

/**
 * Cursors are base64url of an HMAC-SHA256 and the position (a row's key and id, which the caller has just been
 * shown). The HMAC also covers tenant and query, which the cursor does not carry: it opens only where both are the same.
 * @param options.secret 32 random bytes, used for nothing else.
 */
export function createCursors({ secret }: { readonly secret: Uint8Array }): Cursors {
  const sealOf = (scope: CursorScope, body: Uint8Array): Buffer =>
    createHmac("sha256", secret)
      .update(`${canonicalJson([scope.tenantId, scope.query])}\n`)
      .update(body)
      .digest();
  return {
    /** Throws a `RangeError` when the position does not fit: about 3,000 bytes, more than a name and a hundred ids ever have. */
    seal(scope, position) {
      const body = Buffer.from(JSON.stringify([position.key, position.id]));
      const cursor = Buffer.concat([sealOf(scope, body), body]).toString("base64url");
      if (cursor.length > MAX_CURSOR_LENGTH) throw new RangeError("The position is too long for a cursor");
      return cursor;
    },
    open(scope, cursor) {
      const bytes = cursor.length > MAX_CURSOR_LENGTH ? undefined : decodeBase64url(cursor);
      if (bytes === undefined || bytes.length <= SEAL_BYTES) throw refusal();
      const body = bytes.subarray(SEAL_BYTES);
      if (!timingSafeEqual(bytes.subarray(0, SEAL_BYTES), sealOf(scope, body))) throw refusal();
      return readPosition(body);
    },
  };
}

/** The position in a body whose seal has been checked; a body of another release's form is refused like a forged one. */
function readPosition(body: Buffer): CursorPosition {
  const parsed = positionSchema.safeParse(JSON.parse(body.toString()));
  if (!parsed.success) throw refusal();
  const [key, id] = parsed.data;
  return { key, id };
}

function refusal(): AppError {
  return new AppError(
    "invalid_input",
    "The cursor is not valid here: it was made for another list or other filters, or was altered. Start again without it.",
  );
}
