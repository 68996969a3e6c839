import { seededRandom } from "../../bench/search/random.ts";

/** Prompts of each tenant, by Zipf's law, in an order that the seed says; they sum to exactly `prompts`. */
export function tenantSizes(options: {
  readonly tenants: number;
  readonly prompts: number;
  readonly zipf: number;
  readonly seed: number;
}): Float64Array {
  const { tenants, prompts, zipf, seed } = options;
  const weights = Float64Array.from({ length: tenants }, (_, rank) => (rank + 1) ** -zipf);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const sizes = weights.map((weight) => Math.floor((prompts * weight) / total));
  const left = prompts - sizes.reduce((sum, size) => sum + size, 0);
  // What rounding left over goes to the largest, one each and around.
  for (let at = 0; at < left; at++) sizes[at % tenants] = (sizes[at % tenants] ?? 0) + 1;
  return shuffled(sizes, seed);
}

/** Fisher-Yates. */
function shuffled(values: Float64Array, seed: number): Float64Array {
  const random = seededRandom(seed);
  const result = values.slice();
  for (let at = result.length - 1; at > 0; at--) {
    const other = random.below(at + 1);
    const [one = 0, two = 0] = [result[at], result[other]];
    result[at] = two;
    result[other] = one;
  }
  return result;
}

/** Each tenant's share of all calls; they sum to 1. */
export function callShares(sizes: Float64Array, activity: number): Float64Array {
  const weights = sizes.map((size) => size ** activity);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
