import { lookup as systemLookup } from "node:dns/promises";
import { type IncomingMessage, request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import { isIP, type LookupFunction } from "node:net";
import {
  type GuardedFetch,
  type OutgoingAllow,
  OutgoingError,
  type OutgoingInit,
} from "../domain/ports/outgoing.ts";
import { createOutgoingRules } from "./outgoing-addresses.ts";

export interface GuardedFetchOptions {
  readonly allow: OutgoingAllow;
  /** For all of a request: resolving, connecting, sending and reading the answer to its end. */
  readonly timeoutMs?: number;
  /** Of an answer's body. */
  readonly maxBytes?: number;
  /** The addresses of a host name; by default the system's. */
  readonly resolve?: (hostname: string) => Promise<readonly string[]>;
}

/** A discovery document has some 5 kB, a large JWK Set some 50. */
const MAX_BYTES = 1024 * 1024;
const TIMEOUT_MS = 10_000;

/**
 * The one way in which the server calls addresses that others name: webhooks, client metadata documents, identity
 * providers. Guards against server-side request forgery by OWASP's list for addresses that are not known beforehand:
 *
 * - https only, without user information;
 * - the host is resolved once, every address that it has must be public, and the socket connects to exactly these: a name
 *   that resolves to something else a moment later changes nothing;
 * - no redirect is followed;
 * - the answer has to be complete within a time and a size.
 *
 * A connection of its own for each request: one that is kept might be used after its host's addresses have changed.
 */
export function createGuardedFetch(options: GuardedFetchOptions): GuardedFetch {
  const { resolve = resolveBySystem, timeoutMs = TIMEOUT_MS, maxBytes = MAX_BYTES } = options;
  const rules = createOutgoingRules(options.allow);

  async function exchange(request: Request, signal: AbortSignal): Promise<Response> {
    const url = new URL(request.url);
    const addresses = await addressesOf(url, signal);
    const body = new Uint8Array(await request.arrayBuffer());
    const answer = await send(request, url, { body, signal, lookup: pinned(addresses) });
    const { statusCode: status = 502 } = answer;
    if (status >= 300 && status < 400) {
      answer.destroy();
      throw new OutgoingError("redirected", `${url.host} answers with a redirect, which is not followed.`);
    }
    const bytes = await readWhole(answer, url, maxBytes);
    const headers = new Headers(Object.entries(answer.headersDistinct).flatMap(pairs));
    return new Response(status === 204 || status === 205 ? null : bytes, { status, headers });
  }

  async function addressesOf(url: URL, signal: AbortSignal): Promise<readonly string[]> {
    const literal = url.hostname.replace(/^\[(.*)\]$/, "$1");
    const addresses = isIP(literal) === 0 ? await resolved(url, signal) : [literal];
    if (!addresses.every((address) => rules.allowsAddress(url, address))) throw notAllowed(url);
    return addresses;
  }

  async function resolved(url: URL, signal: AbortSignal): Promise<readonly string[]> {
    const addresses = await abortable(resolve(url.hostname), signal).catch((error: unknown) => {
      signal.throwIfAborted();
      throw unresolved(url, error);
    });
    if (addresses.length === 0) throw unresolved(url);
    return addresses;
  }

  async function guardedFetch(input: string | URL, init: OutgoingInit = {}): Promise<Response> {
    const url = allowedUrl(input);
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = init.signal ? AbortSignal.any([init.signal, deadline]) : deadline;
    // An undefined member of a WebIDL dictionary is one that is missing.
    const request = new Request(url, init as RequestInit);
    signal.throwIfAborted();
    try {
      return await exchange(request, signal);
    } catch (error) {
      init.signal?.throwIfAborted();
      throw failureOf(url, deadline, error);
    }
  }

  async function check(input: string | URL): Promise<void> {
    const url = allowedUrl(input);
    const deadline = AbortSignal.timeout(timeoutMs);
    try {
      await addressesOf(url, deadline);
    } catch (error) {
      throw failureOf(url, deadline, error);
    }
  }

  function allowedUrl(input: string | URL): URL {
    const url = checkedUrl(input);
    if (!rules.allowsScheme(url)) throw notAllowed(url);
    return url;
  }

  function failureOf(url: URL, deadline: AbortSignal, error: unknown): OutgoingError {
    if (error instanceof OutgoingError) return error;
    if (deadline.aborted) {
      return new OutgoingError("timed_out", `${url.host} did not answer in ${timeoutMs / 1000} seconds.`);
    }
    return new OutgoingError("unreachable", `${url.host} cannot be reached.`, error);
  }

  return Object.assign(guardedFetch, { check });
}

function checkedUrl(input: string | URL): URL {
  const url = URL.parse(String(input));
  if (url === null) throw new OutgoingError("refused", "This is not an address that can be called.");
  if (url.username !== "" || url.password !== "") {
    throw new OutgoingError(
      "refused",
      `An address with a user name or a password is not called (${url.host}).`,
    );
  }
  url.hash = "";
  return url;
}

function notAllowed(url: URL): OutgoingError {
  return new OutgoingError(
    "refused",
    `${url.host} is not called: only https to public addresses is. The operator can allow more by PROMPTFORGE_OUTGOING_ALLOW.`,
  );
}

function unresolved(url: URL, cause?: unknown): OutgoingError {
  return new OutgoingError(
    "unresolved",
    `There is no host ${url.hostname}, or no name server says so.`,
    cause,
  );
}

async function resolveBySystem(hostname: string): Promise<readonly string[]> {
  const found = await systemLookup(hostname, { all: true });
  return found.map(({ address }) => address);
}

/** The look-up that a socket makes, answered with what was checked. For a literal address it makes none. */
function pinned(addresses: readonly string[]): LookupFunction {
  const answers = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_hostname, { all }, callback) => {
    const [first = { address: "", family: 0 }] = answers;
    if (all === true) callback(null, answers);
    else callback(null, first.address, first.family);
  };
}

function send(
  request: Request,
  url: URL,
  how: { readonly body: Uint8Array; readonly signal: AbortSignal; readonly lookup: LookupFunction },
): Promise<IncomingMessage> {
  const { body, signal, lookup } = how;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = (url.protocol === "https:" ? secureRequest : plainRequest)(url, {
    method: request.method,
    headers: Object.fromEntries(request.headers),
    agent: false,
    lookup,
    signal,
  });
  outgoing.once("response", resolve).once("error", reject).end(body);
  return promise;
}

async function readWhole(
  answer: IncomingMessage,
  url: URL,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of answer) {
    size += part.length;
    // Leaving the loop ends the connection.
    if (size > maxBytes) {
      throw new OutgoingError("too_large", `The answer of ${url.host} is larger than ${maxBytes} bytes.`);
    }
    parts.push(part);
  }
  return new Uint8Array(Buffer.concat(parts));
}

function pairs([name, values = []]: [string, string[] | undefined]): [string, string][] {
  return values.map((value) => [name, value]);
}

/** What cannot be stopped, a look-up, is at least not waited for. */
function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  signal.addEventListener("abort", () => aborted.reject(signal.reason), { once: true });
  return Promise.race([work, aborted.promise]);
}
