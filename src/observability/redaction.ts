/** Names of fields whose values are never logged, in lower case and without `_` and `-`. `params` are the values of a query. */
const SECRET_FIELDS = new Set([
  "password",
  "passwordhash",
  "token",
  "accesstoken",
  "refreshtoken",
  "secret",
  "secrethash",
  "apikey",
  "authorization",
  "cookie",
  "setcookie",
  "params",
]);

const REDACTED = "[redacted]";
/** Deeper than anything that is logged, and an end to what refers to itself. */
const MAX_DEPTH = 8;

/** What a parser says of a text repeats a piece of it. */
const QUOTES_ITS_INPUT = /is not valid JSON$|in JSON at position/;

/** A copy of what is to be logged without the secrets in it, however deep they are. Errors become plain objects, with their causes. */
export function withoutSecrets(fields: object, depth = 0): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      SECRET_FIELDS.has(name.toLowerCase().replaceAll(/[_-]/g, "")) ? REDACTED : redacted(value, depth + 1),
    ]),
  );
}

function redacted(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth > MAX_DEPTH) return "[too deep]";
  if (Array.isArray(value)) return value.map((item) => redacted(item, depth + 1));
  if ("toJSON" in value) return value;
  return withoutSecrets(value instanceof Error ? described(value) : value, depth);
}

function described(error: Error): object {
  const { name, message, stack, cause } = error;
  const said = messageOf(error);
  return {
    ...error,
    ...withoutRow(error),
    type: name,
    message: said,
    stack: message === "" ? stack : stack?.replace(message, () => said),
    ...(cause === undefined ? {} : { cause }),
  };
}

/** PostgreSQL tells with a refused statement the row, or its key: stored text, hashes. */
function withoutRow(error: Error): object {
  if (!("severity" in error && "routine" in error)) return {};
  return { detail: REDACTED, where: REDACTED, internalQuery: REDACTED };
}

function messageOf(error: Error): string {
  // drizzle's errors put the values of the query after it: stored text, hashes.
  if ("query" in error && "params" in error) return `Failed query: ${String(error.query)}`;
  return QUOTES_ITS_INPUT.test(error.message) ? "The text is not valid JSON" : error.message;
}
