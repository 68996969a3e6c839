import type { Caller } from "../../domain/identity.ts";
import type {
  CorpusPrompt,
  ErrorRate,
  EvaluationReport,
  JudgedQuery,
  SearchMetric,
  SearchMode,
  SearchScores,
} from "../../domain/search-evaluation.ts";
import { LEAST_CONFIDENCE } from "../confidence.ts";
import type { PromptService } from "../prompts.ts";
import type { SearchService } from "../search.ts";
import { estimate } from "./bootstrap.ts";
import { areaUnderCurve, DEPTH, scoresOf } from "./metrics.ts";
import { type PromptIds, readPromptIds } from "./prompt-ids.ts";

interface Outcome {
  readonly kind: string;
  readonly unknown: readonly string[];
  /** `undefined` where the query has no answer. */
  readonly scores: Readonly<Record<SearchMode, Readonly<Record<SearchMetric, number>>>> | undefined;
  readonly confidence: number;
  readonly abstained: boolean;
  readonly pending: number;
  readonly degraded: boolean;
}

export interface Evaluation {
  readonly queries: readonly JudgedQuery[];
  /** Given where the judgments use its ids. */
  readonly corpus?: readonly CorpusPrompt[] | undefined;
  /** Hears how many queries are done. */
  readonly onQuery?: ((done: number) => void) | undefined;
}

export type SearchEvaluationService = ReturnType<typeof createSearchEvaluationService>;

/** How well search does on queries whose answers are known. */
export function createSearchEvaluationService(deps: {
  readonly prompts: Pick<PromptService, "list">;
  readonly search: Pick<SearchService, "searchBy">;
}) {
  return {
    /**
     * Asks each query three times, by words only, by meaning only and by both, and scores the first ten hits against the
     * judgments. What is scored is what a user gets: where nothing is offered, nothing was found.
     */
    async evaluate(caller: Caller, { queries, corpus, onQuery }: Evaluation): Promise<EvaluationReport> {
      const promptIds = await readPromptIds(deps.prompts, caller, corpus);
      const outcomes: Outcome[] = [];
      for (const query of queries) {
        outcomes.push(await outcomeOf(deps.search, caller, query, promptIds));
        onQuery?.(outcomes.length);
      }
      return reportOf(outcomes);
    },
  };
}

async function outcomeOf(
  search: Pick<SearchService, "searchBy">,
  caller: Caller,
  { query, kind, relevant }: JudgedQuery,
  promptIds: PromptIds,
): Promise<Outcome> {
  const { grades, unknown } = promptIds.resolve(relevant);
  const answers = await askEachWay((mode) => search.searchBy(mode, caller, { query, limit: DEPTH }));
  const scored = (mode: SearchMode) =>
    scoresOf(
      answers[mode].items.map(({ id }) => id),
      grades,
    );
  const { confidence, nothing_relevant: abstained, pending, degraded } = answers.hybrid;
  const scores =
    grades.size === 0
      ? undefined
      : { words: scored("words"), meaning: scored("meaning"), hybrid: scored("hybrid") };
  return { kind, unknown, scores, confidence, abstained, pending, degraded };
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

function summaryOf(outcomes: readonly Outcome[]): SearchScores {
  const byMode = (mode: SearchMode) => {
    const own = outcomes.flatMap(({ scores }) => (scores === undefined ? [] : [scores[mode]]));
    const of = (metric: SearchMetric) => estimate(own.map((scores) => scores[metric]));
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
