import { stderr } from "node:process";
import { type DestinationStream, type Logger, pino } from "pino";
import { withoutSecrets } from "./redaction.ts";

export type { Logger };

/** What waits for a reader of standard error, in bytes; beyond, lines are dropped rather than the program held up. */
const MAX_BACKLOG = 1024 * 1024;

/**
 * JSON lines on standard error, UTC. Never standard output: under stdio that carries JSON-RPC and nothing else. Secrets
 * are left out by the names of their fields.
 */
export function createLogger(level: string): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: (fields) => withoutSecrets(fields) },
      // An error is an object already when this is asked.
      serializers: { err: (described: unknown) => described },
    },
    unhurried,
  );
}

/**
 * Written without waiting, since a client that does not read the standard error of its server must not bring it to a
 * stand; nor does what was not read keep a program from ending, as a logger of its own on the same descriptor would.
 */
const unhurried: DestinationStream = {
  write(line) {
    if (stderr.writableLength + line.length <= MAX_BACKLOG) stderr.write(line);
  },
};

// A closed standard error loses log lines; there is nowhere to tell.
stderr.on("error", () => undefined);
