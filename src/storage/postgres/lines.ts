import { Semaphore } from "async-mutex";

/** Does work for a name when it is that work's turn. */
export type InLine = <T>(name: string, work: () => Promise<T>) => Promise<T>;

/** Lets only so many at a time do something for the same name; the others wait in the order in which they came. */
export function lines(atOnce: number): InLine {
  const open = new Map<string, Semaphore>();
  return async (name, work) => {
    const line = open.get(name) ?? new Semaphore(atOnce);
    open.set(name, line);
    try {
      return await line.runExclusive(work);
    } finally {
      if (line.getValue() === atOnce) open.delete(name);
    }
  };
}
