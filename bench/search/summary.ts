/** What is said of a list of times. */
export interface Summary {
  readonly samples: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
}

export function summaryOf(times: readonly number[]): Summary {
  const sorted = times.toSorted((a, b) => a - b);
  return {
    samples: sorted.length,
    p50_ms: rounded(percentile(sorted, 0.5)),
    p99_ms: rounded(percentile(sorted, 0.99)),
  };
}

/** Nearest rank: the least of the values that a share of them do not exceed. */
function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function medianOf(values: readonly number[]): number {
  return percentile(
    values.toSorted((a, b) => a - b),
    0.5,
  );
}

/** How many times the floor, of both percentiles. */
export function ratioOf(measured: Summary, floor: Summary): { readonly p50: number; readonly p99: number } {
  return {
    p50: rounded(measured.p50_ms / floor.p50_ms),
    p99: rounded(measured.p99_ms / floor.p99_ms),
  };
}

/** Thousandths: of a millisecond, or of a ratio. */
export function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
