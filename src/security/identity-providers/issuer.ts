import { setTimeout as sleep } from "node:timers/promises";
import {
  type CryptoKey,
  createLocalJWKSet,
  errors,
  type FlattenedJWSInput,
  type JWK,
  type JWSHeaderParameters,
} from "jose";
import {
  type AuthorizationServer,
  allowInsecureRequests,
  customFetch,
  discoveryRequest,
  processDiscoveryResponse,
} from "oauth4webapi";
import { z } from "zod";
import { AppError } from "../../domain/errors.ts";
import type { IdentityProvider } from "../../domain/identity-provider.ts";
import type { GuardedFetch } from "../../domain/ports/outgoing.ts";

/** What is kept of an issuer's keys, and how often it is asked. In milliseconds. */
export interface LookUpTimes {
  /** Two look-ups begin at least this far apart, whoever asks and however often. */
  readonly apart: number;
  /** Keys of this age are renewed, while they go on being used. */
  readonly renewed: number;
  /** Keys of this age are used no more: a key that the issuer has withdrawn ends by then at the latest. */
  readonly kept: number;
}

const TIMES: LookUpTimes = { apart: 5_000, renewed: 10 * 60_000, kept: 24 * 60 * 60_000 };

/** Tokens that wait for a look-up at a time. */
const MAX_WAITING = 200;

export interface IssuerParts {
  readonly fetch: GuardedFetch;
  /** Hears of each look-up that failed. */
  readonly onFailure: (error: unknown) => void;
  readonly times?: LookUpTimes;
}

/** An issuer as it describes itself: its addresses and its keys. */
export interface Issuer {
  /** What the operator has set about it. */
  readonly provider: IdentityProvider;
  /** Its metadata. Throws `unavailable` when they are not known and it does not answer. */
  metadata(): Promise<AuthorizationServer>;
  /** The key that a token's header names. Throws jose's `JWKSNoMatchingKey`, and as `metadata`. */
  keyFor(header: JWSHeaderParameters, token: FlattenedJWSInput): Promise<CryptoKey>;
}

interface Snapshot {
  readonly metadata: AuthorizationServer;
  readonly keys: ReturnType<typeof createLocalJWKSet>;
  /** When the look-up began, on the monotonic clock. */
  readonly begun: number;
}

/**
 * Looks up an issuer's metadata [OpenID Connect Discovery 1.0] and keys when they are first needed, and keeps them.
 *
 * A key that is not among them makes for one look-up, which all tokens that wait for it share; the next begins some seconds
 * later at the earliest. What arrives in between waits: a token that is signed with a brand-new key is not refused, and
 * a flood of invented key names costs the issuer one request in that time. While the issuer is down, its known keys go on.
 */
export function createIssuer(provider: IdentityProvider, parts: IssuerParts): Issuer {
  const { fetch, onFailure, times = TIMES } = parts;
  let known: Snapshot | undefined;
  let begun = Number.NEGATIVE_INFINITY;
  let failed = false;
  let underWay: Promise<Snapshot> | undefined;
  let waiting = 0;

  function lookUp(): Promise<Snapshot> {
    underWay ??= begin().finally(() => {
      underWay = undefined;
    });
    return underWay;
  }

  async function begin(): Promise<Snapshot> {
    const wait = begun + times.apart - performance.now();
    // It was down a moment ago: nobody is kept waiting for that.
    if (wait > 0 && failed) throw away();
    if (wait > 0) await sleep(wait);
    begun = performance.now();
    try {
      known = { ...(await describe(provider.issuer, fetch)), begun };
      failed = false;
      return known;
    } catch (error) {
      failed = true;
      onFailure(error);
      throw away(error);
    }
  }

  async function current(): Promise<Snapshot> {
    const age = known === undefined ? Number.POSITIVE_INFINITY : performance.now() - known.begun;
    if (known === undefined || age > times.kept) return lookUp();
    // Its failure was told, and the old keys are good.
    if (age > times.renewed) lookUp().catch(() => undefined);
    return known;
  }

  /** By keys that were looked up after `arrival`, if need be: by then a key that signs is published. */
  async function keyLookedUp(
    arrival: number,
    header: JWSHeaderParameters,
    token: FlattenedJWSInput,
  ): Promise<CryptoKey> {
    if (waiting >= MAX_WAITING) throw away();
    waiting += 1;
    try {
      const found = await lookUp();
      return await found.keys(header, token).catch((error: unknown) => {
        if (isUnknownKey(error) && found.begun < arrival)
          return lookUp().then(({ keys }) => keys(header, token));
        throw error;
      });
    } finally {
      waiting -= 1;
    }
  }

  function away(cause?: unknown): AppError {
    return new AppError(
      "unavailable",
      `The identity provider ${provider.title} does not answer, so that its sign-ins cannot be checked. Try again in a moment.`,
      { identity_provider: provider.name },
      cause,
    );
  }

  return {
    provider,
    metadata: async () => (await current()).metadata,
    async keyFor(header, token) {
      const arrival = performance.now();
      const { keys, begun: lookedUp } = await current();
      return keys(header, token).catch((error: unknown) => {
        if (isUnknownKey(error) && lookedUp < arrival) return keyLookedUp(arrival, header, token);
        throw error;
      });
    },
  };
}

const keySetSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string() })) });
const ASYMMETRIC = new Set(["RSA", "EC", "OKP"]);

async function describe(issuer: string, fetch: GuardedFetch): Promise<Pick<Snapshot, "metadata" | "keys">> {
  const address = new URL(issuer);
  // Whether https is needed is decided by the guarded fetch.
  const options = { [customFetch]: fetch, [allowInsecureRequests]: true };
  const metadata = await processDiscoveryResponse(address, await discoveryRequest(address, options));
  if (metadata.issuer !== issuer) {
    throw new Error(
      `The issuer calls itself ${metadata.issuer}: it has to be set in exactly these characters.`,
    );
  }
  if (metadata.jwks_uri === undefined) throw new Error("The issuer publishes no keys (jwks_uri).");
  const response = await fetch(metadata.jwks_uri, { headers: { accept: "application/json" } });
  if (response.status !== 200)
    throw new Error(`The issuer's keys are answered with status ${response.status}.`);
  const { keys } = keySetSchema.parse(await response.json());
  const asymmetric = keys.filter(({ kty }) => ASYMMETRIC.has(kty)) as JWK[];
  return { metadata, keys: createLocalJWKSet({ keys: asymmetric }) };
}

function isUnknownKey(error: unknown): boolean {
  return error instanceof errors.JWKSNoMatchingKey;
}
