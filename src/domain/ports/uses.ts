/** How often something was used. */
export interface Uses {
  readonly renders: number;
  readonly reads: number;
}

/** Uses of a version on one day, by the label that it was asked by. */
export interface UseCount extends Uses {
  readonly promptId: string;
  /** UTC, as 2025-01-31. */
  readonly day: string;
  readonly version: number;
  /** Empty: by no label. */
  readonly label: string;
}

export interface UseQuery {
  /** Of one prompt; without it, of all. */
  readonly promptId?: string | undefined;
  /** From this day on. */
  readonly since: string;
}

/** How often a tenant's prompts were used. */
export interface UseStore {
  /**
   * Adds to what was counted before; drops what is counted of prompts that are gone.
   * @param counts Each prompt, version, day and label at most once.
   */
  add(counts: readonly UseCount[]): Promise<void>;
  /** The newest day first; days without a use are left out. */
  byDay(query: UseQuery): Promise<(Uses & { readonly day: string })[]>;
  /** The most used first. */
  byVersion(
    query: UseQuery & { readonly promptId: string; readonly limit: number },
  ): Promise<(Uses & { readonly version: number })[]>;
  byLabel(query: UseQuery & { readonly limit: number }): Promise<(Uses & { readonly label: string })[]>;
  byPrompt(
    query: UseQuery & { readonly limit: number },
  ): Promise<(Uses & { readonly id: string; readonly name: string })[]>;
  /** Deletes what was counted before a day. */
  deleteBefore(day: string): Promise<void>;
}
