import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { type FileHandle, lstat, mkdir, open, readFile, realpath, rename, rm } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import { AppError } from "../../domain/errors.ts";
import type { FileText } from "../../exchange/formats/format.ts";
import type { Output } from "./io.ts";
import { codeOf } from "./system-code.ts";

/** Where an export goes. */
export interface ExportSink {
  write(file: FileText): Promise<void>;
  close(): Promise<void>;
  /** How many files were written, or were there with the same content. */
  files(): number;
}

export function outputSink(output: Output): ExportSink {
  return {
    async write({ text }) {
      if (!output.write(text)) await once(output, "drain");
    },
    close: async () => undefined,
    files: () => 0,
  };
}

/** One file, which must not be there unless it may be overwritten. */
export function fileSink(path: string, overwrite: boolean): ExportSink {
  let file: FileHandle | undefined;
  return {
    async write({ text }) {
      file ??= await open(path, overwrite ? "w" : "wx").catch((error: unknown) => {
        throw refusal(path, error);
      });
      await file.writeFile(text);
    },
    close: async () => file?.close(),
    files: () => (file === undefined ? 0 : 1),
  };
}

/** A file for each prompt below a folder. No link leads a file out of it. */
export function folderSink(root: string, overwrite: boolean): ExportSink {
  let count = 0;
  return {
    async write({ path, text }) {
      await writeBelow(root, path, text, overwrite ? "replace" : "new");
      count += 1;
    },
    close: async () => undefined,
    files: () => count,
  };
}

/**
 * Writes a file below a folder, whole: `new` leaves alone one that is there, and throws `conflict` when it says something
 * else. Throws `invalid_input` where a link would lead out of the folder, the file to replace is a link, or the file system refuses.
 */
export async function writeBelow(
  root: string,
  path: string,
  text: string,
  mode: "new" | "replace",
): Promise<void> {
  const full = join(root, ...path.split("/"));
  try {
    const place = await placeBelow(root, path);
    const target = join(place, basename(full));
    if (mode === "replace") return await replaceFile(target, text);
    await using file = await open(target, "wx");
    await file.writeFile(text);
  } catch (error) {
    if (mode === "new" && codeOf(error) === "EEXIST") {
      if ((await readFile(full, "utf8").catch(() => undefined)) === text) return;
    }
    throw refusal(full, error);
  }
}

/** The folder of a file, made where it is missing: step by step, so that nothing is made where a link leads before that is known. */
async function placeBelow(root: string, path: string): Promise<string> {
  await mkdir(root, { recursive: true });
  const home = await realpath(root);
  let place = home;
  for (const folder of path.split("/").slice(0, -1)) {
    const next = join(place, folder);
    await mkdir(next).catch((error: unknown) => {
      if (codeOf(error) !== "EEXIST") throw error;
    });
    place = await realpath(next);
    if (place === home || place.startsWith(home.endsWith(sep) ? home : home + sep)) continue;
    throw new AppError(
      "invalid_input",
      `${join(root, path)} would lie outside of ${root}, by a link. Nothing was written there.`,
    );
  }
  return place;
}

/** Puts a new file in the place of the old one: writing into it would reach another folder by a link, a hard one, too. */
async function replaceFile(target: string, text: string): Promise<void> {
  const old = await lstat(target).catch((error: unknown) => {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  });
  if (old?.isSymbolicLink()) {
    throw new AppError("invalid_input", `${target} is a link. Nothing was written: remove it first.`);
  }
  const draft = join(dirname(target), `.${basename(target).slice(0, 100)}.${randomUUID()}.tmp`);
  try {
    await using file = await open(draft, "wx", old === undefined ? undefined : old.mode & 0o777);
    await file.writeFile(text);
    await rename(draft, target);
  } finally {
    await rm(draft, { force: true });
  }
}

function refusal(path: string, error: unknown): AppError {
  if (error instanceof AppError) return error;
  const code = codeOf(error);
  if (code === "EEXIST") {
    return new AppError("conflict", `${path} is there already. Give another place, or --overwrite.`);
  }
  return new AppError("invalid_input", `${path} cannot be written (${code ?? "unknown error"}).`);
}
