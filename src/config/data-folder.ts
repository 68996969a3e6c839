import { mkdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { AppError } from "../domain/errors.ts";

/**
 * Makes the data folder, mode 0700, unless it is there. Throws `unavailable`. Not by mkdir's `recursive`: Node tries
 * that again and again, for ever, where a folder cannot be made inside one that exists, as in /proc.
 */
export async function makeDataFolder(dataDir: string): Promise<void> {
  const isFolder = await makeFolder(dataDir)
    .then(async () => (await stat(dataDir)).isDirectory())
    .catch((error: unknown) => {
      throw unusable(dataDir, `cannot be made (${codeOf(error) ?? "unknown error"})`);
    });
  if (!isFolder) throw unusable(dataDir, "is not a folder");
}

function unusable(dataDir: string, reason: string): AppError {
  return new AppError(
    "unavailable",
    `The data folder ${dataDir} ${reason}. ` +
      "Let the user that runs PromptForge write there, or set PROMPTFORGE_DATA_DIR to another folder.",
  );
}

async function makeFolder(path: string): Promise<void> {
  try {
    await makeOne(path);
  } catch (error) {
    if (codeOf(error) !== "ENOENT" || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await makeOne(path);
  }
}

async function makeOne(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== "EEXIST") throw error;
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
