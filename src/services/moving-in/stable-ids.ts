import { createHash } from "node:crypto";

/** Of this purpose alone, so that no id made elsewhere can be one of these. */
const NAMESPACE = Buffer.from("6f2c0f5e3a5b4f0c9b0e1d7c8a4e2b91", "hex");

/** The id that these parts always have: a UUID of version 5 [RFC 9562, section 5.5]. */
export function stableId(...parts: readonly (string | number)[]): string {
  const hash = createHash("sha1").update(NAMESPACE).update(JSON.stringify(parts)).digest();
  hash.writeUInt8((hash.readUInt8(6) & 0x0f) | 0x50, 6);
  hash.writeUInt8((hash.readUInt8(8) & 0x3f) | 0x80, 8);
  return hash.toString("hex", 0, 16).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
