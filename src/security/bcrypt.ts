import { extname } from "node:path";
import { Worker } from "node:worker_threads";
import { truncates } from "bcryptjs";

/** `$2b$12$`, 22 characters of salt and 31 of hash. */
const FORM = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;

/** 2^14 rounds take a second or two of a core: a hash that asks for more is taken for damaged. */
const MOST_COST = 14;
const LEAST_COST = 4;

/** Whether a stored hash is bcrypt's, as imports bring them, and of a cost that may be paid. */
export function isBcrypt(stored: string): boolean {
  const cost = Number(FORM.exec(stored)?.[1]);
  return cost >= LEAST_COST && cost <= MOST_COST;
}

/**
 * Whether a password belongs to a bcrypt hash. One of more than 72 bytes never does: bcrypt would leave the rest out, and
 * every password that begins alike would match. In a thread of its own, which ends with the answer: imported hashes are
 * replaced at their owner's first sign-in, so there is nothing to keep one ready for.
 */
export async function verifyBcrypt(stored: string, password: string): Promise<boolean> {
  const matches = await inThread(stored, password);
  return matches && !truncates(password);
}

function inThread(stored: string, password: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const file = new URL(`./bcrypt-worker${extname(import.meta.url)}`, import.meta.url);
    // Standard output is kept from the process's own: under stdio that carries JSON-RPC and nothing else.
    const worker = new Worker(file, { workerData: { stored, password }, stdout: true });
    worker.once("message", (matches: unknown) => resolve(matches === true));
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("The thread that verifies a bcrypt hash ended early")));
  });
}
