import type { LibraryFacts } from "../../../domain/ports/backup.ts";

/** What the thread is to do. Without a target, it examines the file. */
export interface CopyTask {
  readonly file: string;
  readonly target: string | undefined;
}

export type CopyMessage =
  | { readonly kind: "progress"; readonly done: number }
  | { readonly kind: "done"; readonly facts: LibraryFacts }
  | { readonly kind: "failed"; readonly code: string | undefined; readonly message: string };
