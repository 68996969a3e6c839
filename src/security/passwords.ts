import { randomBytes } from "node:crypto";
import { hash, type ParsedHashOptions, parseOptions, verify } from "@node-rs/argon2";
import { Semaphore } from "async-mutex";
import { AppError } from "../domain/errors.ts";
import type { PasswordHasher } from "../domain/ports/security.ts";
import { isBcrypt, verifyBcrypt } from "./bcrypt.ts";
import { checkPassword, normalizePassword } from "./password-policy.ts";

/** OWASP Password Storage, argon2id: 19 MiB (in KiB), 2 passes, 1 lane. argon2id is the library's default algorithm. */
const COST = { memoryCost: 19456, timeCost: 2, parallelism: 1, outputLen: 32 } as const;
const SALT_BYTES = 16;

/** A stored hash that asks for more than this times today's cost is damaged: obeying it could take all memory. */
const MOST_TIMES_COST = 16;

/** What a full line takes to be half gone on two slow cores. */
const RETRY_AFTER_SECONDS = 2;

/**
 * Hashes passwords with argon2id on the thread pool, off the main thread, and verifies bcrypt's of an import beside its own,
 * which are always stale. `hash` and `verify` reject with `unavailable`
 * when the line is full: strangers choose how many come, and each that waited without end would hold memory and people up.
 * @param options.concurrency how many hashes run at once (19 MiB and one core each); the others wait in line.
 * @param options.maxWaiting how many may wait.
 */
export function createPasswordHasher({
  concurrency = 2,
  maxWaiting = 32,
}: {
  readonly concurrency?: number;
  readonly maxWaiting?: number;
} = {}): PasswordHasher {
  const slots = new Semaphore(concurrency);
  const decoy = decoyHash();
  let present = 0;

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (present >= concurrency + maxWaiting) {
      throw new AppError("unavailable", "Too many people are signing in just now. Try again in a moment.", {
        retry_after_seconds: RETRY_AFTER_SECONDS,
      });
    }
    present += 1;
    return slots.runExclusive(work).finally(() => {
      present -= 1;
    });
  }

  return {
    check: checkPassword,
    hash: (password) => inTurn(() => hash(normalizePassword(password), COST)),
    async verify(stored, password) {
      if (stored !== undefined && isBcrypt(stored)) {
        // As it was typed: what was imported was not normalised when it was hashed.
        return { matches: await inTurn(() => verifyBcrypt(stored, password)), stale: true };
      }
      const parameters = stored === undefined ? undefined : readParameters(stored);
      const known = stored !== undefined && parameters !== undefined;
      // A missing or damaged hash costs what a real one costs, so that the time does not tell who exists.
      const belongs = await inTurn(() => verify(known ? stored : decoy, normalizePassword(password)));
      return { matches: known && belongs, stale: known && isWeaker(stored, parameters) };
    },
  };
}

/** A well-formed hash of today's cost that belongs to no known password. */
function decoyHash(): string {
  const base64 = (bytes: number): string => randomBytes(bytes).toString("base64").replace(/=+$/, "");
  const { memoryCost, timeCost, parallelism, outputLen } = COST;
  return `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$${base64(SALT_BYTES)}$${base64(outputLen)}`;
}

/** The parameters of a PHC string; `undefined` when it is not one that can be verified here. */
function readParameters(stored: string): ParsedHashOptions | undefined {
  try {
    const parameters = parseOptions(stored);
    const excessive = (["memoryCost", "timeCost", "parallelism"] as const).some(
      (name) => parameters[name] > COST[name] * MOST_TIMES_COST,
    );
    return excessive ? undefined : parameters;
  } catch {
    return undefined;
  }
}

function isWeaker(stored: string, parameters: ParsedHashOptions): boolean {
  return (
    !stored.startsWith("$argon2id$v=19$") ||
    parameters.memoryCost < COST.memoryCost ||
    parameters.timeCost < COST.timeCost ||
    parameters.outputLen < COST.outputLen ||
    parameters.saltLen < SALT_BYTES
  );
}
