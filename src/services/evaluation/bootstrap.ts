import type { Estimate } from "../../domain/search-evaluation.ts";

const RESAMPLES = 2000;
const SEED = 20_260_320;

/**
 * The mean with its percentile bootstrap interval [Efron and Tibshirani 1993, ch. 13]: how much it would differ if other
 * queries of the same kind had been asked. The same for the same values.
 */
export function estimate(values: readonly number[]): Estimate {
  const random = randomNumbers(SEED);
  const means = Array.from({ length: RESAMPLES }, () => {
    let sum = 0;
    for (let n = 0; n < values.length; n++) sum += values[Math.floor(random() * values.length)] ?? 0;
    return sum / values.length;
  }).sort((a, b) => a - b);
  return { mean: meanOf(values), low: quantile(means, 0.025), high: quantile(means, 0.975) };
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.round(share * (sorted.length - 1))] ?? 0;
}

/** Numbers from 0 to 1, the same for the same seed: a linear congruential generator [Numerical Recipes, ch. 7.1]. */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
