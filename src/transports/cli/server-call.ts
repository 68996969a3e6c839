import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { AppError, ERROR_CODES } from "../../domain/errors.ts";
import { packZip } from "../../exchange/archive.ts";
import type { Operation, RestRoute } from "../../operations/define-operation.ts";
import { fileSchema } from "../../operations/fields/exchange.ts";
import { importPrompts } from "../../operations/import-prompts.ts";

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;
/** For the whole of a call. */
const TIMEOUT_MS = 60_000;

const JSON_TYPE = "application/json";
/** A burst of calls is over in seconds; a minute's limit is for the person to know of. */
const MOST_PATIENCE_SECONDS = 10;
/** What a server takes as JSON. */
const MAX_JSON_BYTES = 1024 * 1024;

const problemSchema = z.object({
  code: z.enum(ERROR_CODES),
  detail: z.string(),
  details: z.record(z.string(), z.unknown()).optional(),
});
const answerSchema = z.record(z.string(), z.unknown());

/** The address of a server as it is kept: without a slash at its end. Throws `invalid_input` for one that would be sent secrets in the open. */
export function serverAddress(text: string): string {
  const url = URL.parse(text);
  const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && LOOPBACK.test(url.hostname));
  if (url === null || !isSafe || url.username !== "" || url.search !== "" || url.hash !== "") {
    throw new AppError(
      "invalid_input",
      "A server is named by its https address, such as https://prompts.example.com; http is for this machine alone.",
    );
  }
  return url.href.replace(/\/$/, "");
}

/**
 * Calls an operation of a server over REST, by its definition alone; a call that came too soon after others waits some seconds
 * and is made again. Throws what the server says, and `unavailable` when it cannot be reached or is none of ours.
 */
export async function callServer(...call: Parameters<typeof callOnce>): Promise<Record<string, unknown>> {
  for (let waited = 0; ; ) {
    try {
      return await callOnce(...call);
    } catch (error) {
      const seconds = error instanceof AppError ? error.details?.["retry_after_seconds"] : undefined;
      const isRefused = error instanceof AppError && error.code === "rate_limited";
      if (!isRefused || typeof seconds !== "number" || waited + seconds > MOST_PATIENCE_SECONDS) throw error;
      waited += seconds;
      await sleep(seconds * 1000);
    }
  }
}

async function callOnce(
  server: string,
  operation: Operation,
  input: Readonly<Record<string, unknown>>,
  token?: string,
): Promise<Record<string, unknown>> {
  const route = routeFor(operation, input);
  const { method, path, body, type } = await archived(operation, input, requestOf(route, input));
  const response = await fetch(`${server}${path}`, {
    method,
    headers: {
      Accept: "application/json",
      ...(token !== undefined && { Authorization: `Bearer ${token}` }),
      ...(body !== undefined && { "Content-Type": type }),
    },
    ...(body !== undefined && { body }),
    // A token goes nowhere but to the server that it is for.
    redirect: "manual",
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch(() => {
    throw new AppError(
      "unavailable",
      `${server} cannot be reached. Is the address right, and the server up?`,
    );
  });
  const given = response.headers.get("Content-Type") ?? "";
  if (response.ok && route.textType !== undefined && given.startsWith(route.textType)) {
    return { text: await response.text() };
  }
  const answer: unknown = await response.json().catch(() => undefined);
  const result = answerSchema.safeParse(answer);
  if (response.ok && result.success) return result.data;
  const problem = problemSchema.safeParse(answer).data;
  if (problem !== undefined) throw new AppError(problem.code, problem.detail, problem.details);
  throw new AppError(
    "unavailable",
    `${server} does not answer as PromptForge does (HTTP ${response.status}). Is it the address of a PromptForge server?`,
  );
}

/** The route that takes most of what is given into its path; of those alike, one with a body, which has room for a long text. */
function routeFor({ name, rest }: Operation, input: Readonly<Record<string, unknown>>): RestRoute {
  const [route] = rest
    .filter(({ path }) => fieldsOf(path).every((field) => field in input))
    .sort(
      (a, b) =>
        fieldsOf(b.path).length - fieldsOf(a.path).length || Number(takesQuery(a)) - Number(takesQuery(b)),
    );
  if (route !== undefined) return route;
  throw new AppError(
    "invalid_input",
    rest.length === 0
      ? `${name} works on the library of this machine alone. Leave --server out.`
      : `Something is missing: ${rest.map(({ path }) => fieldsOf(path).join(", ")).join("; or ")}.`,
  );
}

function takesQuery({ method }: RestRoute): boolean {
  return method === "get" || method === "delete";
}

function fieldsOf(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, field = ""]) => field);
}

interface ServerRequest {
  readonly method: string;
  readonly path: string;
  readonly body: string | Uint8Array<ArrayBuffer> | undefined;
  readonly type: string;
}

function requestOf(route: RestRoute, input: Readonly<Record<string, unknown>>): ServerRequest {
  const { method, path } = route;
  const inPath = new Set(fieldsOf(path));
  const rest = Object.entries(input).filter(([field, value]) => !inPath.has(field) && value !== undefined);
  const filled = path.replace(/\{(\w+)\}/g, (_text, field: string) =>
    String(input[field]).split("/").map(encodeURIComponent).join("/"),
  );
  if (!takesQuery(route)) {
    const body = JSON.stringify(Object.fromEntries(rest));
    return { method: method.toUpperCase(), path: filled, body, type: JSON_TYPE };
  }
  const query = new URLSearchParams(
    rest.flatMap(([field, value]) => [value].flat().map((one): [string, string] => [field, String(one)])),
  );
  return {
    method: method.toUpperCase(),
    path: `${filled}${query.size > 0 ? `?${query}` : ""}`,
    body: undefined,
    type: JSON_TYPE,
  };
}

/** What is too long for JSON goes as a zip archive, where the route takes one. */
async function archived(
  { name }: Operation,
  input: Readonly<Record<string, unknown>>,
  request: ServerRequest,
): Promise<ServerRequest> {
  if (name !== importPrompts.name || Buffer.byteLength(request.body ?? "") <= MAX_JSON_BYTES) return request;
  const { files, ...choices } = input;
  const query = requestOf({ method: "get", path: "/v1/import/archive" }, choices);
  const body = new Uint8Array(await packZip(z.array(fileSchema).parse(files)));
  return { method: "POST", path: query.path, body, type: "application/zip" };
}
