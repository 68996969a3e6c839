import { once } from "node:events";
import { type FileHandle, mkdir, open, readFile, realpath } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
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
 * else. Throws `invalid_input` where a link would lead out of the folder, or the file system refuses.
 */
export async function writeBelow(
  root: string,
  path: string,
  text: string,
  mode: "new" | "replace",
): Promise<void> {
  const full = join(root, ...path.split("/"));
  try {
    await mkdir(dirname(full), { recursive: true });
    const [home, place] = [await realpath(root), await realpath(dirname(full))];
    if (place !== home && !place.startsWith(home + sep)) {
      throw new AppError(
        "invalid_input",
        `${full} would lie outside of ${root}, by a link. Nothing was written there.`,
      );
    }
    await using file = await open(full, mode === "replace" ? "w" : "wx");
    await file.writeFile(text);
  } catch (error) {
    if (mode === "new" && codeOf(error) === "EEXIST") {
      if ((await readFile(full, "utf8").catch(() => undefined)) === text) return;
    }
    throw refusal(full, error);
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
