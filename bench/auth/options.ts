/** How much of everything is measured. */
export const FULL = {
  overhead: { warmUp: 300, calls: 4_000, block: 50 },
  signIns: { blocks: 6, calls: 400, everyMs: 10, signInsPerSecond: 8 },
  enumeration: { trials: 200 },
};
export const QUICK: AuthOptions = {
  overhead: { warmUp: 100, calls: 600, block: 50 },
  signIns: { blocks: 2, calls: 200, everyMs: 10, signInsPerSecond: 8 },
  enumeration: { trials: 40 },
};

export type AuthOptions = typeof FULL;
