import type { Dirent } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { formatOf, KNOWN_EXTENSIONS } from "./file-format.ts";
import { refusalOf } from "./system-error.ts";

export interface FolderEntry {
  readonly path: string;
  /** Where the file is, after all links. */
  readonly realPath: string;
  readonly bytes: number;
  /** The path below the folder that was named. */
  readonly segments: readonly string[];
}

export interface FolderListing {
  readonly files: readonly FolderEntry[];
  readonly problems: readonly { readonly path: string; readonly message: string }[];
}

interface Place {
  readonly path: string;
  readonly realPath: string;
  readonly segments: readonly string[];
}

/**
 * The prompt files below a folder, ordered by path, each once. A link is followed only to what lies
 * inside the folder: a library from elsewhere cannot make an import read its user's other files. What
 * a link leads to keeps its own path where it has one, so links in a circle end.
 */
export async function listFolder(root: string): Promise<FolderListing> {
  const files: FolderEntry[] = [];
  const problems: { path: string; message: string }[] = [];
  const links: Place[] = [];
  const visited = new Set<string>();
  const rootRealPath = await realpath(root);

  const take = async (place: Place, isFolder: boolean) => {
    if (visited.has(place.realPath)) return;
    visited.add(place.realPath);
    if (isFolder) return walk(place);
    if (formatOf(place.path) === undefined) return;
    files.push({ ...place, bytes: (await stat(place.realPath)).size });
  };

  const walk = async (folder: Place): Promise<void> => {
    for (const entry of await readdir(folder.realPath, { withFileTypes: true })) {
      if (isSkipped(entry)) continue;
      const place = {
        path: join(folder.path, entry.name),
        realPath: join(folder.realPath, entry.name),
        segments: [...folder.segments, entry.name],
      };
      if (entry.isSymbolicLink()) links.push(place);
      else if (entry.isDirectory() || entry.isFile())
        await reporting(place, () => take(place, entry.isDirectory()));
    }
  };

  const follow = async (link: Place): Promise<void> => {
    const target = await targetOf(link);
    if (target === undefined) return;
    const info = await stat(target);
    const isWanted = info.isDirectory() || (info.isFile() && formatOf(link.path) !== undefined);
    if (!isWanted) return;
    if (!isInside(rootRealPath, target)) {
      problems.push({
        path: link.path,
        message: "This link leads out of the folder. Name what it leads to, to import it.",
      });
      return;
    }
    await take({ ...link, realPath: target }, info.isDirectory());
  };

  const reporting = async (place: Place, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (thrown) {
      problems.push({ path: place.path, message: `${refusalOf(thrown)}.` });
    }
  };

  const start = { path: root, realPath: rootRealPath, segments: [] };
  await reporting(start, () => take(start, true));
  // Links come last, so that a file is listed under its own path first. Following one may find more of them.
  while (links.length > 0) {
    for (const link of links.splice(0).sort(byPath)) await reporting(link, () => follow(link));
  }
  if (files.length === 0 && problems.length === 0) {
    problems.push({
      path: root,
      message: `There are no prompt files in this folder (${KNOWN_EXTENSIONS.join(", ")}).`,
    });
  }
  return { files: files.sort(byPath), problems: problems.sort(byPath) };
}

/** A link that leads nowhere is only worth a word when it looks like a prompt. */
async function targetOf(link: Place): Promise<string | undefined> {
  try {
    return await realpath(link.realPath);
  } catch (thrown) {
    if (formatOf(link.path) !== undefined) throw thrown;
    return undefined;
  }
}

function isSkipped(entry: Dirent): boolean {
  return entry.name.startsWith(".") || entry.name === "node_modules";
}

function isInside(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

/** By code units, so that the order is the same on every machine. */
function byPath(one: { readonly path: string }, other: { readonly path: string }): number {
  return one.path < other.path ? -1 : one.path > other.path ? 1 : 0;
}
