import { basename, extname } from "node:path";
import { slugFrom } from "../domain/names.ts";

export type FileFormat = "markdown" | "dotprompt" | "text" | "json" | "json-lines";

const FORMATS: ReadonlyMap<string, FileFormat> = new Map([
  [".md", "markdown"],
  [".markdown", "markdown"],
  [".prompt", "dotprompt"],
  [".txt", "text"],
  [".json", "json"],
  [".jsonl", "json-lines"],
  [".ndjson", "json-lines"],
]);

/** The extensions that an import takes, for messages. */
export const KNOWN_EXTENSIONS: readonly string[] = [...FORMATS.keys()];

/** The format that a file's extension stands for, in upper or lower case. */
export function formatOf(path: string): FileFormat | undefined {
  return FORMATS.get(extname(path).toLowerCase());
}

/** The file's name without its folder and extension. */
export function stemOf(path: string): string {
  return basename(path, extname(path));
}

/** The prompt name for a file: each part of its path as a slug, without the extension. */
export function nameFromPath(segments: readonly string[]): string {
  return segments
    .map((segment, index) => slugFrom(index === segments.length - 1 ? stemOf(segment) : segment))
    .join("/");
}

/** A title for people from a file's name: `code-review.md` gives `Code review`. */
export function titleFromPath(path: string): string {
  const words = stemOf(path)
    .replace(/[-_\s]+/g, " ")
    .trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
