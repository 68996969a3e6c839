import { createLogger } from "../../../src/observability/logger.ts";

/** Logs its argument, a secret, in every place where one could come to be logged; for the test that it does not show. */
const secret = process.argv[2];
if (secret === undefined) throw new Error("Usage: log-secrets.ts SECRET");
const log = createLogger("trace");

const fields = {
  password: secret,
  passwordHash: secret,
  token: secret,
  access_token: secret,
  refreshToken: secret,
  secret,
  secretHash: secret,
  apiKey: secret,
  "api-key": secret,
  Authorization: `Bearer ${secret}`,
  cookie: `session=${secret}`,
  "set-cookie": [`session=${secret}`],
};
log.info(fields, "at the top");
log.info({ request: { headers: fields, body: [{ user: { credentials: fields } }] } }, "nested");
log.trace({ list: [[fields]] }, "in lists");

const query = Object.assign(new Error(`Failed query: insert into users values (?)\nparams: ${secret}`), {
  query: "insert into users values (?)",
  params: [secret],
});
log.error({ err: query }, "a query");
log.error({ err: new Error("It failed", { cause: query }) }, "a cause");
const refusal = Object.assign(new Error("violates check constraint"), {
  severity: "ERROR",
  routine: "ExecConstraints",
  detail: `Failing row contains (${secret}).`,
  where: `COPY users, line 1: "${secret}"`,
});
log.error({ err: refusal }, "a row that PostgreSQL refuses");
log.error({ err: Object.assign(new Error("It failed"), { details: { config: fields } }) }, "details");
for (const text of [`{"a":"${secret}`, `${secret} is no JSON`]) {
  try {
    JSON.parse(text);
  } catch (error) {
    log.debug({ err: error }, "a text that is not JSON");
  }
}

const circle: Record<string, unknown> = { secret };
circle["itself"] = circle;
log.info(circle, "a circle");
log.info({ at: new Date(0), name: "kept", nested: { count: 1, list: ["kept", null, true] } }, "the rest");
