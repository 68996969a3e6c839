import { z } from "zod";

/** How many of a search's hits are kept by name: the best ones. */
export const KEPT_HITS = 10;

/** A search that a member made. */
export interface SearchRecord {
  readonly id: string;
  readonly userId: string;
  readonly at: Date;
  readonly query: string;
  /** What narrowed the search, by the names of its fields. */
  readonly filters: Readonly<Record<string, unknown>>;
  /** How many prompts were found. */
  readonly hits: number;
  /** The best hits, best first, at most `KEPT_HITS`, under the names that they had. */
  readonly top: readonly FoundPrompt[];
  /** Which of them the member then read or rendered, each once, in that order. */
  readonly opened: readonly OpenedPrompt[];
}

export interface FoundPrompt {
  readonly id: string;
  readonly name: string;
}

export interface OpenedPrompt extends FoundPrompt {
  readonly at: Date;
}

/** How much a member searched on one day: all that an admin sees. */
export interface SearchCount {
  /** UTC, as 2025-01-31. */
  readonly day: string;
  readonly username: string;
  readonly searches: number;
  readonly withoutHits: number;
}

const foundPrompt = z.object({ id: z.string(), name: z.string() });

/** A search as its maker sees it. */
export const searchRecordSchema = z.object({
  id: z.string(),
  query: z.string(),
  filters: z.record(z.string(), z.unknown()),
  at: z.iso.datetime(),
  hits: z.int(),
  top: z.array(foundPrompt).describe(`The first ${KEPT_HITS} hits`),
  opened: z.array(foundPrompt.extend({ at: z.iso.datetime() })).describe("Those you then read"),
});

export function searchRecordView(record: SearchRecord): z.infer<typeof searchRecordSchema> {
  const { id, query, filters, at, hits, top, opened } = record;
  return {
    id,
    query,
    filters,
    at: at.toISOString(),
    hits,
    top: [...top],
    opened: opened.map((prompt) => ({ ...prompt, at: prompt.at.toISOString() })),
  };
}
