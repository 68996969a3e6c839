/** What a run has seen; the details of what should not have happened, the first of each. */
export interface Tally {
  requests: number;
  acknowledged: number;
  lost: number;
  foreign_reads: number;
  unexpected_errors: number;
  /** Refusals that a fault explains. */
  refused: number;
  readonly examples: string[];
}

const MOST_EXAMPLES = 10;

export function createTally(): Tally {
  return {
    requests: 0,
    acknowledged: 0,
    lost: 0,
    foreign_reads: 0,
    unexpected_errors: 0,
    refused: 0,
    examples: [],
  };
}

export function blame(
  tally: Tally,
  what: "lost" | "foreign_reads" | "unexpected_errors",
  example: string,
): void {
  tally[what] += 1;
  if (tally.examples.length < MOST_EXAMPLES) tally.examples.push(`${what}: ${example.slice(0, 500)}`);
}
