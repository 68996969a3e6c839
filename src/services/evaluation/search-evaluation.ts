import type { Caller } from "../../domain/identity.ts";
import { LEAST_CONFIDENCE } from "../confidence.ts";
import type { SearchMode } from "../fusion.ts";
import type { SearchService } from "../search.ts";
import { type Estimate, estimate } from "./bootstrap.ts";
import type { JudgedQuery } from "./judged-query.ts";
import { areaUnderCurve, DEPTH, type Metric, scoresOf } from "./metrics.ts";
import type { PromptIds } from "./prompt-ids.ts";

export const MODES = ["words", "meaning", "hybrid"] as const satisfies readonly SearchMode[];

/** Each way to search by each measure. */
export type Scores = Readonly<Record<SearchMode, Readonly<Record<Metric, Estimate>>>>;

export interface ErrorRate {
  readonly count: number;
  readonly of: number;
  readonly rate: Estimate | null;
}

export interface EvaluationReport {
  readonly queries: number;
  /** Of the queries that have an answer. */
  readonly overall: Scores | null;
  readonly kinds: Readonly<Record<string, { readonly queries: number; readonly scores: Scores }>>;
  readonly abstention: {
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

interface Outcome {
  readonly kind: string;
  readonly unknown: readonly string[];
  /** `undefined` where the query has no answer. */
  readonly scores: Readonly<Record<SearchMode, Readonly<Record<Metric, number>>>> | undefined;
  readonly confidence: number;
  readonly abstained: boolean;
  readonly pending: number;
  readonly degraded: boolean;
}

/**
 * Asks each query three times, by words only, by meaning only and by both, and scores the first ten hits against the
 * judgments. What is scored is what a user gets: where nothing is offered, nothing was found.
 */
export async function evaluateSearch(
  { search, promptIds }: { readonly search: Pick<SearchService, "searchBy">; readonly promptIds: PromptIds },
  caller: Caller,
  queries: readonly JudgedQuery[],
  onQuery: (done: number) => void = () => undefined,
): Promise<EvaluationReport> {
  const outcomes: Outcome[] = [];
  for (const { query, kind, relevant } of queries) {
    const { grades, unknown } = promptIds.resolve(relevant);
    const answers = await askEachWay((mode) => search.searchBy(mode, caller, { query, limit: DEPTH }));
    const { confidence, nothing_relevant: abstained, pending, degraded } = answers.hybrid;
    const scored = (mode: SearchMode) =>
      scoresOf(
        answers[mode].items.map(({ id }) => id),
        grades,
      );
    const scores =
      grades.size === 0
        ? undefined
        : { words: scored("words"), meaning: scored("meaning"), hybrid: scored("hybrid") };
    outcomes.push({ kind, unknown, scores, confidence, abstained, pending, degraded });
    onQuery(outcomes.length);
  }
  return reportOf(outcomes);
}

async function askEachWay<Answer>(ask: (mode: SearchMode) => Promise<Answer>) {
  return { words: await ask("words"), meaning: await ask("meaning"), hybrid: await ask("hybrid") };
}

function reportOf(outcomes: readonly Outcome[]): EvaluationReport {
  const answerable = outcomes.filter(({ scores }) => scores !== undefined);
  const unanswerable = outcomes.filter(({ scores }) => scores === undefined);
  const byKind = Map.groupBy(answerable, ({ kind }) => kind);
  const confidences = (some: readonly Outcome[]) => some.map(({ confidence }) => confidence);
  return {
    queries: outcomes.length,
    overall: answerable.length === 0 ? null : summaryOf(answerable),
    kinds: Object.fromEntries(
      [...byKind].map(([kind, own]) => [kind, { queries: own.length, scores: summaryOf(own) }]),
    ),
    abstention: {
      threshold: LEAST_CONFIDENCE,
      false_abstentions: errorRate(answerable.map(({ abstained }) => abstained)),
      false_offers: errorRate(unanswerable.map(({ abstained }) => !abstained)),
      auc: areaUnderCurve(confidences(answerable), confidences(unanswerable)) ?? null,
    },
    unknown_prompts: [...new Set(outcomes.flatMap(({ unknown }) => unknown))],
    pending: Math.max(0, ...outcomes.map(({ pending }) => pending)),
    degraded: outcomes.filter(({ degraded }) => degraded).length,
  };
}

function summaryOf(outcomes: readonly Outcome[]): Scores {
  const byMode = (mode: SearchMode) => {
    const own = outcomes.flatMap(({ scores }) => (scores === undefined ? [] : [scores[mode]]));
    const of = (metric: Metric) => estimate(own.map((scores) => scores[metric]));
    return { ndcg: of("ndcg"), mrr: of("mrr"), recall: of("recall") };
  };
  return { words: byMode("words"), meaning: byMode("meaning"), hybrid: byMode("hybrid") };
}

function errorRate(errors: readonly boolean[]): ErrorRate {
  return {
    count: errors.filter(Boolean).length,
    of: errors.length,
    rate: errors.length === 0 ? null : estimate(errors.map(Number)),
  };
}
