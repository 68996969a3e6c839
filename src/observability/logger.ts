import { type Logger, pino } from "pino";

export type { Logger };

/** Fields that hold secrets wherever they stand in a logged object. */
const SECRET_FIELDS = [
  "password",
  "token",
  "access_token",
  "secret",
  "authorization",
  "cookie",
  "passwordHash",
  "secretHash",
];

/**
 * JSON lines on standard error, UTC. Never standard output: under stdio that carries JSON-RPC and nothing else.
 */
export function createLogger(level: string): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: "[redacted]" },
    },
    pino.destination({ fd: 2, sync: true }),
  );
}
