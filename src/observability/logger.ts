import { type Logger, pino } from "pino";

export type { Logger };

/** Fields that hold secrets, at the top of a logged object and one level down, which is as deep as this program logs. */
const SECRET_FIELDS = [
  "password",
  "token",
  "access_token",
  "secret",
  "authorization",
  "cookie",
  "passwordHash",
  "secretHash",
  "apiKey",
];

/** What waits for a reader of standard error, in characters; beyond, lines are dropped rather than the program held up. */
const MAX_BACKLOG = 1024 * 1024;

/**
 * JSON lines on standard error, UTC. Never standard output: under stdio that carries JSON-RPC and nothing else. Written
 * without waiting, since a client that does not read the standard error of its server must not bring it to a stand.
 */
export function createLogger(level: string): Logger {
  const destination = pino.destination({ fd: 2, sync: false, maxLength: MAX_BACKLOG });
  // A closed or full standard error loses log lines; there is nowhere to tell.
  destination.on("error", () => undefined);
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: "[redacted]" },
    },
    destination,
  );
}
