export interface WriteLater {
  /** Writes so long from now, whatever was planned before; in milliseconds. */
  in(milliseconds: number): void;
  /** Writes so long from now where nothing is planned yet. */
  within(milliseconds: number): void;
  /** Writes now, after what is being written. */
  flush(): Promise<void>;
  /** Writes a last time, and plans nothing more. */
  close(): Promise<void>;
}

/**
 * When what is held in memory is written: one write after the other, some time after the first of it, without keeping the
 * process alive.
 * @param write must not reject.
 */
export function createWriteLater(write: () => Promise<void>): WriteLater {
  let writing = Promise.resolve();
  let closed = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function plan(milliseconds: number): void {
    clearTimeout(timer);
    timer = closed ? undefined : setTimeout(flush, milliseconds).unref();
  }

  function flush(): Promise<void> {
    writing = writing.then(() => {
      clearTimeout(timer);
      timer = undefined;
      return write();
    });
    return writing;
  }

  return {
    in: plan,
    within(milliseconds) {
      if (timer === undefined) plan(milliseconds);
    },
    flush,
    close() {
      closed = true;
      return flush();
    },
  };
}
