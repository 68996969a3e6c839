import { Buffer } from "node:buffer";
import { buffer } from "node:stream/consumers";
import { type Entry, fromBufferPromise, type ZipFile } from "yauzl";
import { ZipFile as ZipWriter } from "yazl";
import { AppError } from "../domain/errors.ts";
import { decodeUtf8, MAX_FILE_BYTES, NOT_UTF8 } from "./file-text.ts";
import type { FileText } from "./formats/format.ts";

const MAX_ENTRIES = 10_000;
/** 64 MiB: all that an archive unpacks to. */
const MAX_UNPACKED_BYTES = 64 * 1024 * 1024;

/** The earliest time of the format: an archive says what is in it, and not when it was made. */
const NO_TIME = new Date(1980, 0, 1);
const REGULAR_FILE = 0o100644;

/** A zip archive of files. Equal files give equal bytes. */
export async function packZip(files: readonly FileText[]): Promise<Buffer> {
  const zip = new ZipWriter();
  for (const { path, text } of files) {
    zip.addBuffer(Buffer.from(text), path, { mtime: NO_TIME, mode: REGULAR_FILE, forceDosTimestamp: true });
  }
  zip.end();
  return buffer(zip.outputStream);
}

export interface Unpacked {
  readonly files: readonly FileText[];
  /** Files that cannot be read; the others are. */
  readonly problems: readonly { readonly path: string; readonly message: string }[];
}

/**
 * The texts in a zip archive. Nothing is written anywhere. Throws `too_large` for more than it may hold, by what it says of itself
 * before anything is unpacked and by what comes out, and `invalid_input` for what is no archive, or has paths that lead out of it.
 */
export async function unpackZip(bytes: Buffer): Promise<Unpacked> {
  try {
    const zip = await fromBufferPromise(bytes);
    if (zip.entryCount > MAX_ENTRIES) throw tooManyFiles(zip.entryCount);
    const entries: Entry[] = [];
    let size = 0;
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith("/")) continue;
      size += entry.uncompressedSize;
      if (size > MAX_UNPACKED_BYTES) throw tooMuch();
      entries.push(entry);
    }
    const files: FileText[] = [];
    const problems: { path: string; message: string }[] = [];
    for (const entry of entries) {
      const path = entry.fileName;
      const read = await readEntry(zip, entry);
      if ("text" in read) files.push({ path, text: read.text });
      else problems.push({ path, message: read.message });
    }
    return { files, problems };
  } catch (error) {
    if (error instanceof AppError) throw error;
    // The library's messages may quote names of the archive.
    throw new AppError(
      "invalid_input",
      "This is not a zip archive that can be read: it is damaged, or a path in it leads out of it. Pack it again.",
    );
  }
}

const LINK = 0o120000;
const KIND = 0o170000;

async function readEntry(zip: ZipFile, entry: Entry): Promise<{ text: string } | { message: string }> {
  if (entry.isEncrypted()) return { message: "The file is encrypted." };
  if (((entry.externalFileAttributes >>> 16) & KIND) === LINK)
    return { message: "This is a link, not a file." };
  if (entry.uncompressedSize > MAX_FILE_BYTES) return { message: "The file has more than 32 MiB." };
  // It breaks off as soon as more comes out than the archive says.
  const text = decodeUtf8(await buffer(await zip.openReadStreamPromise(entry)));
  return text === undefined ? { message: NOT_UTF8 } : { text };
}

function tooManyFiles(files: number): AppError {
  return new AppError(
    "too_large",
    `The archive has ${files} files; at most ${MAX_ENTRIES} are taken. Split it.`,
    {
      files,
      limit: MAX_ENTRIES,
    },
  );
}

function tooMuch(): AppError {
  return new AppError(
    "too_large",
    `The archive unpacks to more than ${MAX_UNPACKED_BYTES} bytes (64 MiB). Split it.`,
    { limit: MAX_UNPACKED_BYTES },
  );
}
