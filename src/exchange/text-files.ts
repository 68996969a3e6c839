import { formatOf, nameFromPath, skillAttachments } from "./file-format.ts";
import type { FormatName, ReadableFormat } from "./formats/format.ts";
import { isOfFormat } from "./import-plan.ts";

/** A file that came with its text: out of an archive, or in a request. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

export interface TextFiles {
  readonly files: readonly (TextFile & { readonly name: string; readonly format: ReadableFormat })[];
  readonly problems: readonly { readonly path: string; readonly message: string }[];
  /** Hidden files, kinds that are unknown, and what lies with a skill: not taken. */
  readonly passedOver: readonly string[];
}

/**
 * What an import of these files reads: as `planImport` for a folder on disk. Their paths name prompts and nothing else, and
 * may not lead out of the folder even so.
 */
export function planTexts(given: readonly TextFile[], format?: FormatName): TextFiles {
  const problems: { path: string; message: string }[] = [];
  const passedOver: string[] = [];
  const seen = new Set<string>();
  const taken = given.flatMap((file) => {
    const { path } = file;
    const segments = path.split(/[\\/]/);
    const refuse = (message: string) => {
      problems.push({ path, message });
      return [];
    };
    if (
      segments.some((segment) => segment === "." || segment === "..") ||
      /^(?:[\\/]|[A-Za-z]:)/.test(path)
    ) {
      return refuse("The path leads out of the folder, or might. Give one like support/triage.md.");
    }
    if (seen.has(path)) return refuse("The path is given twice.");
    seen.add(path);
    const known = format ?? formatOf(path) ?? (given.length === 1 ? "text" : undefined);
    if (
      known === undefined ||
      isSkipped(segments) ||
      !isOfFormat(path, given.length === 1 ? undefined : format)
    ) {
      passedOver.push(path);
      return [];
    }
    return [{ ...file, segments, format: known }];
  });
  const attached = skillAttachments(taken.map(({ segments }) => segments));
  return {
    problems,
    passedOver: [
      ...passedOver,
      ...taken.filter(({ segments }) => attached.has(segments)).map(({ path }) => path),
    ],
    files: taken
      .filter(({ segments }) => !attached.has(segments))
      .map(({ path, text, segments, format: known }) => ({
        path,
        // A byte-order mark says how a file is written, and is not a part of what it says.
        text: text.replace(/^\ufeff/, ""),
        format: known,
        name: nameFromPath(segments),
      })),
  };
}

/** Hidden files and folders, but for Claude Code's own. */
function isSkipped(segments: readonly string[]): boolean {
  return segments.some(
    (segment) =>
      (segment.startsWith(".") && segment !== ".claude") ||
      segment === "node_modules" ||
      segment === "__MACOSX",
  );
}
