import {
  type ErrorRate,
  type Estimate,
  type EvaluationReport,
  SEARCH_METRICS,
  SEARCH_MODES,
  type SearchMetric,
  type SearchScores,
} from "../../domain/search-evaluation.ts";
import { tableOf } from "./result-table.ts";

const TITLES: Readonly<Record<SearchMetric, string>> = {
  ndcg: "nDCG@10",
  mrr: "MRR@10",
  recall: "Recall@10",
};

/** The report as tables for people. */
export function evaluationText(report: EvaluationReport): string {
  const { overall, kinds, abstention } = report;
  const groups = [
    ...(overall === null ? [] : [{ name: "all", queries: answerable(report), scores: overall }]),
    ...Object.entries(kinds).map(([name, kind]) => ({ name, ...kind })),
  ];
  const tables = SEARCH_METRICS.map((metric) => {
    const rows = groups.map(({ name, queries, scores }) => ({
      [TITLES[metric]]: name,
      queries,
      ...modesOf(scores, metric),
    }));
    return rows.length === 0 ? "" : `${tableOf(rows, undefined)}\n\n`;
  });
  return `${tables.join("")}${[
    `Answerable, but nothing offered: ${rateOf(abstention.false_abstentions)}`,
    `Unanswerable, but something offered: ${rateOf(abstention.false_offers)}`,
    `AUC of the confidence: ${abstention.auc === null ? "none" : abstention.auc.toFixed(3)}`,
  ].join("\n")}\n`;
}

function modesOf(scores: SearchScores, metric: SearchMetric): Record<string, string> {
  return Object.fromEntries(SEARCH_MODES.map((mode) => [mode, estimateText(scores[mode][metric])]));
}

function answerable({ kinds }: EvaluationReport): number {
  return Object.values(kinds).reduce((sum, { queries }) => sum + queries, 0);
}

function estimateText({ mean, low, high }: Estimate): string {
  return `${mean.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;
}

function rateOf({ count, of, rate }: ErrorRate): string {
  return rate === null ? "no such queries" : `${count} of ${of}, ${estimateText(rate)}`;
}
