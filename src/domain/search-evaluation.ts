import { z } from "zod";

/** A query and which prompts answer it: 2 is exactly what was asked for, 1 is usable; whoever is not named is neither. */
export const judgedQuerySchema = z.object({
  id: z.string().min(1),
  query: z.string().trim().min(1).max(2000),
  kind: z.string().min(1).default("all"),
  /** Empty: nothing in the library fits, and none should be offered. */
  relevant: z.record(z.string(), z.int().min(0).max(10)),
});
export type JudgedQuery = z.infer<typeof judgedQuerySchema>;

/** A prompt of the collection that was judged, under the id that the judgments call it by. */
export const corpusPromptSchema = z.object({
  id: z.string().min(1),
  title: z.string().optional(),
  content: z.string().min(1),
});
export type CorpusPrompt = z.infer<typeof corpusPromptSchema>;

/** Ways to search. */
export const SEARCH_MODES = ["words", "meaning", "hybrid"] as const;
export type SearchMode = (typeof SEARCH_MODES)[number];

/** Measures of the first ten hits, each 0 to 1. */
export const SEARCH_METRICS = ["ndcg", "mrr", "recall"] as const;
export type SearchMetric = (typeof SEARCH_METRICS)[number];

/** A mean and the limits of its 95 % interval. */
export interface Estimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/** Each way to search by each measure. */
export type SearchScores = Readonly<Record<SearchMode, Readonly<Record<SearchMetric, Estimate>>>>;

export interface ErrorRate {
  readonly count: number;
  readonly of: number;
  readonly rate: Estimate | null;
}

export interface EvaluationReport {
  readonly queries: number;
  /** Of the queries that have an answer. */
  readonly overall: SearchScores | null;
  readonly kinds: Readonly<Record<string, { readonly queries: number; readonly scores: SearchScores }>>;
  readonly abstention: {
    /** The confidence below which nothing is offered. */
    readonly threshold: number;
    /** Queries that have an answer, and none was offered. */
    readonly false_abstentions: ErrorRate;
    /** Queries that have none, and something was offered all the same. */
    readonly false_offers: ErrorRate;
    /** How well the confidence tells the two apart: 0.5 is chance, 1 is always. */
    readonly auc: number | null;
  };
  /** Judged prompts that the library does not have: they count as not found. */
  readonly unknown_prompts: string[];
  /** Prompts that are not yet found by meaning. */
  readonly pending: number;
  /** Queries that had to be answered by words only. */
  readonly degraded: number;
}
