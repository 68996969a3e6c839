/**
 * The bytes of an unpadded base64url text, or `undefined` unless it is the one canonical spelling of them.
 * Lenient decoders drop the unused low bits of the last character, and so take up to 16 spellings of a
 * signature for the same one: a token that somebody altered would still pass.
 */
export function decodeBase64url(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : undefined;
}
