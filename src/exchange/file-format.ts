import { basename, extname } from "node:path";
import { slugFrom } from "../domain/names.ts";
import type { ReadableFormat } from "./formats/format.ts";

const BY_EXTENSION: ReadonlyMap<string, ReadableFormat> = new Map([
  [".md", "markdown"],
  [".markdown", "markdown"],
  [".prompt", "dotprompt"],
  [".txt", "text"],
  [".json", "json"],
  [".jsonl", "jsonl"],
  [".ndjson", "jsonl"],
  [".csv", "prompts-chat"],
]);

/** The extensions that an import takes, for messages. */
export const KNOWN_EXTENSIONS: readonly string[] = [...BY_EXTENSION.keys()];

const SKILL_FILE = "SKILL.md";
const COMMANDS = [".claude", "commands"] as const;

/** The format that a file's path stands for, its extension in upper or lower case; `undefined` for an unknown one. */
export function formatOf(path: string): ReadableFormat | undefined {
  const format = BY_EXTENSION.get(extname(path).toLowerCase());
  if (format !== "markdown") return format;
  if (basename(path) === SKILL_FILE) return "skill";
  return commandsEnd(path.split(/[\\/]/)) > 0 ? "claude-command" : "markdown";
}

/** The file's name without its folder and extension. */
export function stemOf(path: string): string {
  return basename(path, extname(path));
}

/**
 * The prompt name for a file: each part of its path as a slug, without the extension. A skill is named by its folder
 * (empty where it lies in none), a command of Claude Code by its path below the commands.
 */
export function nameFromPath(path: readonly string[]): string {
  const segments = path.slice(commandsEnd(path));
  if (segments.at(-1) === SKILL_FILE) return segments.slice(0, -1).map(slugFrom).join("/");
  return segments
    .map((segment, index) => slugFrom(index === segments.length - 1 ? stemOf(segment) : segment))
    .join("/");
}

/** How many segments lead to the commands of Claude Code; 0 where the path does not go there. */
function commandsEnd(segments: readonly string[]): number {
  const at = segments.findIndex(
    (segment, index) => segment === COMMANDS[0] && segments[index + 1] === COMMANDS[1],
  );
  return at >= 0 && at + COMMANDS.length < segments.length ? at + COMMANDS.length : 0;
}

/**
 * The files of skills beside their SKILL.md: scripts and references are not prompts.
 * @param paths the segments of each file below one folder.
 */
export function skillAttachments(paths: readonly (readonly string[])[]): ReadonlySet<readonly string[]> {
  const folders = new Set(
    paths
      .filter((path) => path.at(-1) === SKILL_FILE && path.length > 1)
      .map((path) => path.slice(0, -1).join("/")),
  );
  const isInSkill = (path: readonly string[]) =>
    path.some((_, depth) => depth > 0 && folders.has(path.slice(0, depth).join("/")));
  return new Set(paths.filter((path) => path.at(-1) !== SKILL_FILE && isInSkill(path)));
}

/** A title for people from a file's name: `code-review.md` gives `Code review`. */
export function titleFromPath(path: string): string {
  const words = stemOf(path)
    .replace(/[-_\s]+/g, " ")
    .trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
