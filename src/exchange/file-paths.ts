import { createHash } from "node:crypto";

/** What Windows keeps for devices, with any extension. */
const DEVICES = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/;
/** What is passed over in every folder. */
const PASSED_OVER = "node_modules";
/** A folder that is called like a file would meet the file of a prompt that is called like the folder. */
const FILE_LIKE = /\.(?:md|markdown|prompt|txt|csv|json|jsonl|ndjson)$/;
/** Bytes of UTF-8: file systems take 255, an extension and a mark come on top. */
const MAX_SEGMENT_BYTES = 180;

/**
 * The path of a prompt's file, from its name alone: the same name gives the same path, and two names never give two
 * paths that a file system takes for one, whatever it does with upper case or composed letters. What had to be changed for
 * that carries a `~`, which no name has.
 */
export function pathOf(name: string, extension: string): string {
  return `${folderOf(name)}${extension}`;
}

/** As `pathOf`, without an extension. */
export function folderOf(name: string): string {
  const segments = name.split("/");
  return segments.map((segment, index) => safeSegment(segment, index < segments.length - 1)).join("/");
}

function safeSegment(segment: string, isFolder: boolean): string {
  const isReserved =
    DEVICES.test(segment) || segment === PASSED_OVER || (isFolder && FILE_LIKE.test(segment));
  const marked = isReserved ? `${segment}~` : segment;
  const short = cut(marked);
  // Letters that are one to a file system without regard to case: ς and σ, ß and ss.
  const folded = segment.toUpperCase().toLowerCase().normalize("NFC");
  return short === marked && folded === segment ? marked : `${short}~${markOf(segment)}`;
}

function cut(segment: string): string {
  if (Buffer.byteLength(segment) <= MAX_SEGMENT_BYTES) return segment;
  let bytes = 0;
  let end = 0;
  for (const character of segment) {
    bytes += Buffer.byteLength(character);
    if (bytes > MAX_SEGMENT_BYTES) break;
    end += character.length;
  }
  return segment.slice(0, end);
}

/** A short stable mark of a text, to tell apart what is cut alike. */
export function markOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
