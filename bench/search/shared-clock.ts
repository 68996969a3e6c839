/** In ms, the same in all threads of the process: `performance.now` begins anew in each. */
export function sharedClock(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
