/** What a column holds, the same in every database. */
export type Cell = string | number | null;
export type Cells = readonly Cell[];

export interface MovedTable {
  readonly name: string;
  readonly columns: readonly string[];
  /** The columns of its primary key. */
  readonly key: readonly string[];
}

/** Rows as they stand at one moment. */
export interface MoveReader {
  count(table: MovedTable): Promise<number>;
  /** In the order of their keys, after that of the last row of the page before. */
  page(table: MovedTable, after: Cells | undefined, limit: number): Promise<Cells[]>;
  /** Those of these keys that there are. */
  find(table: MovedTable, keys: readonly Cells[]): Promise<Cells[]>;
  /** Rows that were written or deleted since they were watched, each once; `upTo` names the last of these changes. */
  changes(): Promise<{ readonly rows: readonly { table: string; key: Cells }[]; readonly upTo: number }>;
}

/** A library that is moved while it is in use. */
export interface MoveSource {
  libraryId(): Promise<string>;
  /** From now on it is noted which rows change, until `release`. */
  watch(): Promise<void>;
  snapshot<T>(work: (reader: MoveReader) => Promise<T>): Promise<T>;
  /** Forgets noted changes up to this one. */
  forget(upTo: number): Promise<void>;
  /** How far each table was copied, by its name: where an interrupted move goes on. */
  progress(): Promise<ReadonlyMap<string, Cells>>;
  setProgress(table: MovedTable, last: Cells): Promise<void>;
  /** Holds every writer back while `work` is under way; when it says `sealed`, all writes are refused from then on, by every process. */
  hold(work: (reader: MoveReader) => Promise<"sealed" | "open">): Promise<void>;
  /** Takes away what a move needs: seal, watch and progress. */
  release(): Promise<void>;
  close(): Promise<void>;
}

/** Where it goes: a library that holds nothing yet, or what an interrupted move of the same one has brought. */
export interface MoveTarget {
  /** Takes on the library's id. Throws `conflict` where another library is. */
  adopt(libraryId: string): Promise<void>;
  snapshot<T>(work: (reader: MoveReader) => Promise<T>): Promise<T>;
  /** Writes rows, in place of those of the same keys. */
  put(table: MovedTable, rows: readonly Cells[]): Promise<void>;
  remove(table: MovedTable, keys: readonly Cells[]): Promise<void>;
  /** Makes what is derived from rows: the words of prompts, numbers that are given next. */
  derive(onPrompt: () => void): Promise<void>;
  close(): Promise<void>;
}
