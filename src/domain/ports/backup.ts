import type { Storage } from "./storage.ts";

/** What a copy of a library holds, by which it is known again. */
export interface LibraryFacts {
  readonly libraryId: string;
  /** How many migrations it has had. */
  readonly schemaVersion: number;
  /** Rows, by what they are. */
  readonly counts: Readonly<Record<string, number>>;
}

export interface CopyProgress {
  /** Hears how much is done, from 0 to 1. */
  readonly onProgress?: ((done: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Copies of a library that lies in a file. */
export interface LibraryCopies {
  /**
   * Writes the library as it stands at one moment to a new file, while any process goes on writing to it, and checks that the
   * copy is whole. Does not hold up the thread. Throws `unavailable` where it cannot be read, written, or is damaged.
   */
  copy(file: string, target: string, progress?: CopyProgress): Promise<LibraryFacts>;
  /** Checks that a copy which nobody has open is whole, and says what it holds. Throws `unavailable` where it is damaged. */
  examine(file: string): Promise<LibraryFacts>;
  /** Opens a copy as the library that it is; brings its schema up to this program's. Throws `unavailable` where it cannot. */
  open(file: string): Promise<Storage>;
}
