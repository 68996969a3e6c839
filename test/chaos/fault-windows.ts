/** A fault, from just before it is made until all is as before. */
interface Window {
  readonly killed: number | undefined;
  readonly from: number;
  until: number;
}

export type FaultWindows = ReturnType<typeof createFaultWindows>;

/** When something was being broken: only then may a call be refused. */
export function createFaultWindows() {
  const windows: Window[] = [];
  const during = (from: number, until: number) =>
    windows.filter((window) => window.from <= until && window.until >= from);
  return {
    /** @param killed The replica that is ended, if one is. Gives what ends the window. */
    open(killed?: number): () => void {
      const window: Window = { killed, from: performance.now(), until: Number.POSITIVE_INFINITY };
      windows.push(window);
      return () => {
        window.until = performance.now();
      };
    },
    /** Whether a call of this time, in ms, may have been answered with 503. */
    allowsRefusal: (from: number, until: number) => during(from, until).length > 0,
    /** Whether its connection to a replica may have been lost. */
    allowsLoss: (from: number, until: number, replica: number) =>
      during(from, until).some(({ killed }) => killed === replica),
  };
}
