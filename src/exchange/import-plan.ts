import { realpath, stat } from "node:fs/promises";
import { basename } from "node:path";
import { formatOf, nameFromPath, skillAttachments } from "./file-format.ts";
import type { FormatName, ReadableFormat } from "./formats/format.ts";
import { EXTENSIONS } from "./formats/registry.ts";
import { type FolderEntry, listFolder } from "./prompt-folder.ts";
import { refusalOf } from "./system-error.ts";

export interface PlannedFile {
  readonly path: string;
  /** Size when it was listed. */
  readonly bytes: number;
  readonly format: ReadableFormat;
  /** The name that the file's path gives to a prompt: below its folder argument, or the file's own name. */
  readonly name: string;
}

/** Whether a file in a folder is one of an explicit format; without one, any of a known kind is taken. */
export function isOfFormat(path: string, format: FormatName | undefined): boolean {
  return (
    format === undefined || EXTENSIONS[format].some((end) => path.toLowerCase().endsWith(end.toLowerCase()))
  );
}

export interface ImportPlan {
  /** In the order of the arguments; the files of a folder in the order of their paths. No file twice. */
  readonly files: readonly PlannedFile[];
  /** Paths that cannot be read at all, in the order in which they were met. */
  readonly problems: readonly { readonly path: string; readonly message: string }[];
  /** Files that lie with a skill, in the order of their paths: not taken. */
  readonly attachments: readonly string[];
}

/**
 * Lists what an import of these files and folders would read, for a progress bar by files or by bytes.
 * A folder gives its files of known types, at any depth, without hidden ones and node_modules; a file
 * that is named itself is taken whatever its type, an unknown one as plain text.
 *
 * @param format what all of them are, instead of what their paths say.
 */
export async function planImport(paths: readonly string[], format?: FormatName): Promise<ImportPlan> {
  const files: PlannedFile[] = [];
  const problems: { path: string; message: string }[] = [];
  const attachments: string[] = [];
  const seen = new Set<string>();
  const add = ({ path, realPath, bytes, segments }: FolderEntry) => {
    if (seen.has(realPath)) return;
    seen.add(realPath);
    files.push({ path, bytes, format: format ?? formatOf(path) ?? "text", name: nameFromPath(segments) });
  };
  const addFolder = (entries: readonly FolderEntry[]) => {
    const wanted = entries.filter(({ path }) => isOfFormat(path, format));
    const attached = skillAttachments(wanted.map(({ segments }) => segments));
    for (const entry of wanted) {
      if (attached.has(entry.segments)) attachments.push(entry.path);
      else add(entry);
    }
  };
  for (const path of paths) {
    try {
      const info = await stat(path);
      if (info.isDirectory()) {
        const folder = await listFolder(path);
        addFolder(folder.files);
        problems.push(...folder.problems);
      } else if (info.isFile()) {
        add({ path, realPath: await realpath(path), bytes: info.size, segments: [basename(path)] });
      } else {
        problems.push({
          path,
          message: "This is neither a file nor a folder. Save its content to a file and import that.",
        });
      }
    } catch (thrown) {
      problems.push({ path, message: `${refusalOf(thrown)}. Check the path.` });
    }
  }
  return { files, problems, attachments };
}
