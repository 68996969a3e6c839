import { type Candidate, REASON_COVERAGE } from "./fusion.ts";

/**
 * Whether anything fits the query, by two signs: how near the nearest prompt is, and how much of what the query says with
 * its rarest words no prompt says at all. Fitted on 93 judged queries that have an answer and 7 that have none; what it
 * gets wrong is in docs/search.md.
 */

/** What the missing share takes from nearness. AUC 0.87 without, 0.92 to 0.93 from 0.1 to 0.2. */
const MISSING_WEIGHT = 0.15;

/** The logistic curve through what was measured, both kinds of query weighing the same. */
const EVEN_EVIDENCE = 0.34;
const EVIDENCE_SCALE = 0.04;

/** Below this evidence nothing is offered: few queries that have an answer fall below it. */
const LEAST_EVIDENCE = 0.26;
/** The same as a confidence. */
export const LEAST_CONFIDENCE = logistic(LEAST_EVIDENCE);

/** Prompts in the library that this was measured in. */
const MEASURED_PROMPTS = 1529;
/**
 * In a small library fewer prompts come near by chance, and a word that none of them has tells little: the evidence that
 * is asked for falls to this with the logarithm of the library's size. In random parts of the measured library, of 4 to
 * 1,024 prompts, 2 to 8 % of the queries that have an answer there stay without one, and 31 to 83 % of those that have
 * none; asked for as much as in the whole, 39 % and 100 % would in one of 4 prompts.
 */
const LEAST_EVIDENCE_OF_FEW = 0.12;

/** A prompt that holds so much of what the query says is no mistake, however far its meaning may seem. */
const CONVINCING_COVERAGE = 0.8;

/** 0 to 1: how sure it is that the best of the candidates is what was looked for. */
export function confidenceOf(candidates: readonly Candidate[], missing: number, promptCount: number): number {
  const size = Math.min(1, Math.log(1 + promptCount) / Math.log(1 + MEASURED_PROMPTS));
  // Not Math.max(...): there may be more candidates than a call takes arguments.
  const nearest = candidates.reduce((most, { nearness }) => Math.max(most, nearness), 0);
  const allowance = (LEAST_EVIDENCE - LEAST_EVIDENCE_OF_FEW) * (1 - size);
  const byMeaning =
    candidates.length === 0 ? 0 : logistic(nearest + allowance - MISSING_WEIGHT * missing * size);
  return candidates.reduce((most, candidate) => Math.max(most, confidenceByWords(candidate)), byMeaning);
}

/** How sure a prompt makes by its words alone. */
export function confidenceByWords({
  isEmbedded,
  coverage: { share },
}: Pick<Candidate, "isEmbedded" | "coverage">): number {
  // Not embedded yet: its words are all there is to go by, and they are enough to offer it.
  const enough = isEmbedded ? CONVINCING_COVERAGE : REASON_COVERAGE;
  return share >= enough ? Math.max(share, LEAST_CONFIDENCE) : 0;
}

function logistic(evidence: number): number {
  return 1 / (1 + Math.exp((EVEN_EVIDENCE - evidence) / EVIDENCE_SCALE));
}
