import { randomBytes } from "node:crypto";
import { hash, type ParsedHashOptions, parseOptions, verify } from "@node-rs/argon2";
import type { PasswordHasher } from "../domain/ports/security.ts";
import { isBcrypt, verifyBcrypt } from "./bcrypt.ts";
import { createHashingLine } from "./hashing-line.ts";
import { checkPassword, normalizePassword } from "./password-policy.ts";

/** OWASP Password Storage, argon2id: 19 MiB (in KiB), 2 passes, 1 lane. argon2id is the library's default algorithm. */
const COST = { memoryCost: 19456, timeCost: 2, parallelism: 1, outputLen: 32 } as const;
const SALT_BYTES = 16;

/** A stored hash that asks for more than this times today's cost is damaged: obeying it could take all memory. */
const MOST_TIMES_COST = 16;

/**
 * Hashes passwords with argon2id on the thread pool, off the main thread, and verifies bcrypt's of an import beside its own,
 * which are always stale.
 * @param options.concurrency how many hashes run at once (19 MiB and one core each); the others wait in line.
 * @param options.maxWaiting how many may wait.
 * @param options.mostOfNetwork how many there may be of one network: a quarter of the line, unless said otherwise.
 */
export function createPasswordHasher({
  concurrency = 2,
  maxWaiting = 32,
  mostOfNetwork = 8,
}: {
  readonly concurrency?: number;
  readonly maxWaiting?: number;
  readonly mostOfNetwork?: number;
} = {}): PasswordHasher {
  const inTurn = createHashingLine({ concurrency, maxWaiting, mostOfNetwork });
  const decoy = decoyHash();

  return {
    check: checkPassword,
    hash: (password, address) => inTurn(address, () => hash(normalizePassword(password), COST)),
    async verify(stored, password, address) {
      if (stored !== undefined && isBcrypt(stored)) {
        // As it was typed: what was imported was not normalised when it was hashed.
        return { matches: await inTurn(address, () => verifyBcrypt(stored, password)), stale: true };
      }
      const parameters = stored === undefined ? undefined : readParameters(stored);
      const known = stored !== undefined && parameters !== undefined;
      // A missing or damaged hash costs what a real one costs, so that the time does not tell who exists.
      const belongs = await inTurn(address, () =>
        verify(known ? stored : decoy, normalizePassword(password)),
      );
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
