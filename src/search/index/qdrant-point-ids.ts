import { hash } from "node:crypto";
import type { ChunkPlace } from "../../domain/ports/search.ts";

/**
 * Of a random UUID, six bits are the same in each: its version, the half byte at 14, and its variant, the upper two bits of the one at 19
 * (RFC 9562, 5.4). In a point's id they say which chunk it is, up to this one, with which the id says nothing.
 */
const UNTOLD = 63;
const RANDOM_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/**
 * The ids of a tenant's points. The same for the same place, so that writing twice changes nothing; another one in another
 * tenant, even for a prompt of the same id. Most tell the place, so that of what a search finds nothing else has to be read.
 */
export function pointIds(tenantId: string) {
  const tenant = Number.parseInt(hash("sha256", tenantId).slice(0, 8), 16);
  /** Its own inverse. */
  const ofTenant = (lastWord: string) =>
    ((Number.parseInt(lastWord, 16) ^ tenant) >>> 0).toString(16).padStart(8, "0");

  return {
    idOf({ promptId, position }: ChunkPlace): string {
      const [uuid, mark] =
        position < UNTOLD && RANDOM_UUID.test(promptId)
          ? [promptId.slice(0, 28) + ofTenant(promptId.slice(28)), position]
          : // A chunk far down in a long prompt, or a prompt whose id was not made here.
            [hashed(JSON.stringify([tenantId, promptId, position])), UNTOLD];
      return withMarks(uuid, mark >> 2, ((mark & 3) << 2) | (digitAt(uuid, 19) & 3));
    },

    /** `undefined`: the id does not tell. */
    placeOf(id: string): ChunkPlace | undefined {
      const variant = digitAt(id, 19);
      const position = (digitAt(id, 14) << 2) | (variant >> 2);
      if (position === UNTOLD) return undefined;
      return {
        promptId: withMarks(id.slice(0, 28) + ofTenant(id.slice(28)), 4, 8 | (variant & 3)),
        position,
      };
    },
  };
}

function withMarks(uuid: string, version: number, variant: number): string {
  return `${uuid.slice(0, 14)}${version.toString(16)}${uuid.slice(15, 19)}${variant.toString(16)}${uuid.slice(20)}`;
}

function digitAt(uuid: string, at: number): number {
  return Number.parseInt(uuid.charAt(at), 16);
}

/** The first half of a SHA-256, written as a UUID. */
function hashed(text: string): string {
  return hash("sha256", text).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, "$1-$2-$3-$4-$5");
}
