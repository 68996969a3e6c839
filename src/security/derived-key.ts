import { hkdfSync } from "node:crypto";

/** A key for one purpose, made from a secret that has others [RFC 5869]. */
export function derivedKey(
  secret: Uint8Array,
  purpose: "oauth cookies" | "oauth forms" | "webhook secrets",
): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, "", `promptforge ${purpose}`, 32));
}
