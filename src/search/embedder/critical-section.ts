/**
 * Node ends a worker by making its next step in JavaScript fail. When that hits a native add-on that is about to
 * hand over its result, ONNX Runtime's throws through C++ and takes the whole process down with SIGABRT. So a thread says
 * when it is in such code, and the process, before it exits, waits until no thread is: memory that both
 * see holds whether the process is ending, and how many threads are inside.
 */
const ENDING = 0;
const INSIDE = 1;

/** Long enough for a text, or for the model to load; a thread that died inside must not hold up the exit for ever. */
const LONGEST_WAIT_MS = 3000;

export type CriticalSection = Int32Array<SharedArrayBuffer>;

let ofProcess: CriticalSection | undefined;

/** In the main thread: what all workers are to be given. One for the process, as there is one exit to hold up. */
export function criticalSection(): CriticalSection {
  if (ofProcess === undefined) {
    const section = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
    process.once("exit", () => waitUntilEmpty(section));
    ofProcess = section;
  }
  return ofProcess;
}

/** In a worker: does what must not be cut off. Once the process is ending it does not begin, and never settles. */
export async function inside<T>(section: CriticalSection, work: () => Promise<T>): Promise<T> {
  Atomics.add(section, INSIDE, 1);
  try {
    if (Atomics.load(section, ENDING) === 0) return await work();
  } finally {
    Atomics.sub(section, INSIDE, 1);
    Atomics.notify(section, INSIDE);
  }
  return new Promise(() => undefined);
}

/** Blocks until no worker is inside, and lets none in. */
function waitUntilEmpty(section: CriticalSection): void {
  Atomics.store(section, ENDING, 1);
  const deadline = performance.now() + LONGEST_WAIT_MS;
  for (;;) {
    const count = Atomics.load(section, INSIDE);
    const left = deadline - performance.now();
    if (count === 0 || left <= 0) return;
    Atomics.wait(section, INSIDE, count, left);
  }
}
