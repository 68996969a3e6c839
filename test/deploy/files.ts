import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { SETTINGS } from "../../src/config/config.ts";
import type { Answer } from "../support/library.ts";

const ROOT = join(import.meta.dirname, "../..");

export const textOf = (path: string) => readFile(join(ROOT, path), "utf8");

/** A compose file, with what it merges. */
export async function composeOf(path: string): Promise<Answer> {
  return parse(await textOf(path), { merge: true });
}

/** Every manifest of the Kubernetes example, and which file it is in. */
export async function manifestsOf(folder: string): Promise<{ file: string; manifest: Answer }[]> {
  const files = (await readdir(join(ROOT, folder))).filter((file) => file.endsWith(".yaml"));
  const all = await Promise.all(
    files.map(async (file) =>
      parseAllDocuments(await textOf(join(folder, file))).map((document) => ({
        file,
        manifest: document.toJS(),
      })),
    ),
  );
  return all.flat();
}

const KNOWN = new Set(SETTINGS);

/** A setting, or the file of one. */
export const isSetting = (name: string) => KNOWN.has(name) || KNOWN.has(name.replace(/_FILE$/, ""));

/** A version that stays what it is: neither no tag, nor one that moves on. */
export const isPinned = (image: string) => /:v?\d+\.\d+(?:\.\d+)?(?:-[a-z-]+)?$/.test(image);
