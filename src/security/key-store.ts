import { stat } from "node:fs/promises";
import type { AppError } from "../domain/errors.ts";
import { createKeyFile, damagedKeyFile, type KeyFile, type ReadKeyFile, readKeyFile } from "./key-file.ts";
import { changeKeyFile } from "./key-file-change.ts";

/** Where the signing keys are kept, for all processes that serve a library. */
export interface KeyStore {
  /** At the start of a sentence. */
  readonly name: string;
  /** Tells one state from another; `undefined`: there is none. */
  stamp(): Promise<string | undefined>;
  /** `undefined`: there is none. Throws `unavailable` when it cannot be read or is damaged. */
  read(): Promise<ReadKeyFile | undefined>;
  /** Writes the keys, unless there are some. Throws `unavailable`. */
  create(content: KeyFile): Promise<void>;
  /** Replaces the keys by what `change` makes of them. Throws `conflict` while another changes them, and `unavailable`. */
  change(change: (content: KeyFile) => KeyFile): Promise<void>;
  /** The error for keys that are there and cannot be used. */
  damaged(): AppError;
}

/** A file, in a folder that is there. */
export function keyFileStore(path: string): KeyStore {
  return {
    name: `The key file ${path}`,
    async stamp() {
      // A changed file is another one in its place.
      const found = await stat(path, { bigint: true }).catch(() => undefined);
      return found && `${found.ino} ${found.mtimeNs} ${found.size}`;
    },
    read: () => readKeyFile(path),
    create: (content) => createKeyFile(path, content),
    change: (change) => changeKeyFile(path, change),
    damaged: () => damagedKeyFile(path),
  };
}
