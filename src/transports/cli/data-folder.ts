import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { AppError } from "../../domain/errors.ts";
import { codeOf } from "./system-code.ts";

/**
 * Makes the data folder, mode 0700, unless it is there. Throws `unavailable`. Not by mkdir's `recursive`: Node tries
 * that again and again, for ever, where a folder cannot be made inside one that exists, as in /proc.
 */
export async function makeDataFolder(dataDir: string): Promise<void> {
  try {
    await makeFolder(dataDir);
  } catch (error) {
    throw new AppError(
      "unavailable",
      `The data folder ${dataDir} cannot be made (${codeOf(error) ?? "unknown error"}). ` +
        "Let the user that runs PromptForge write there, or set PROMPTFORGE_DATA_DIR to another folder.",
    );
  }
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
    // What is there may be no folder: whoever opens it says so.
    if (codeOf(error) !== "EEXIST") throw error;
  }
}
