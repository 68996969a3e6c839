import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** Reads all of a file: its size, and its SHA-256 in hexadecimal. */
export async function fingerprintOf(
  file: string,
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      hash.update(chunk);
      done();
    },
  });
  await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), sink);
  return { bytes, sha256: hash.digest("hex") };
}

/** Resolves when a file, or the names in a folder, are on the disk. */
export async function onDisk(path: string): Promise<void> {
  await using handle = await open(path, "r");
  // Some systems have no such thing for a folder.
  await handle.sync().catch((error: unknown) => {
    if (!["EISDIR", "EPERM", "EINVAL"].includes(codeOf(error))) throw error;
  });
}

/** Writes a new file (0600), on the disk when this resolves. */
export async function writeNew(file: string, content: string | Uint8Array): Promise<void> {
  await using handle = await open(file, "wx", 0o600);
  await handle.writeFile(content);
  await handle.sync();
}

export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : "unknown error";
}
