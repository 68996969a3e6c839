import { setTimeout as sleep } from "node:timers/promises";
import type { App } from "../../app.ts";
import type { Config } from "../../config/config.ts";
import { AppError } from "../../domain/errors.ts";
import type { Operation } from "../../operations/define-operation.ts";
import { authorise } from "../../operations/run-operation.ts";
import { whoami } from "../../operations/whoami.ts";
import { commandCall, resolveCredential } from "./credentials.ts";
import { withApp } from "./invocation.ts";
import { serverTarget } from "./server-target.ts";

/** The library that a command works on, through its operations: this machine's, or a server's. */
export interface UsedLibrary {
  readonly call: (
    operation: Operation,
    input: Readonly<Record<string, unknown>>,
  ) => Promise<Record<string, unknown>>;
  /** Of this machine alone: a server looks after its index itself. */
  readonly app?: App;
}

/** Does some work with a library, which is open for as long as that takes. */
export type UseLibrary = <T>(work: (library: UsedLibrary) => Promise<T>) => Promise<T>;

/** How a command uses its library. Throws `unauthenticated` without a credential, before anything is opened. */
export async function libraryOf(config: Config): Promise<UseLibrary> {
  const server = await serverTarget(config);
  if (server !== undefined) return (work) => work(server);
  const credential = await resolveCredential(config);
  return (work) =>
    withApp(config, (app) =>
      work({
        app,
        call: (operation, input) => app.run(operation, input, commandCall(app.services, credential)),
      }),
    );
}

/** Whose credential it is. Throws `forbidden` unless it may do all of these, before any work is begun. */
export async function requireAllowed(
  library: UsedLibrary,
  operations: readonly Parameters<typeof authorise>[0][],
) {
  const { role, permissions, tenant_id } = whoami.output.parse(await library.call(whoami, {}));
  const caller = { role, permissions: new Set(permissions) };
  for (const operation of operations) authorise(operation, caller);
  return { tenantId: tenant_id };
}

/** The same library for work of many calls: what a server's limits put off is waited for, until the signal. */
export function patient(library: UsedLibrary, signal: AbortSignal): UsedLibrary {
  if (library.app !== undefined) return library;
  return {
    async call(operation, input) {
      for (;;) {
        try {
          return await library.call(operation, input);
        } catch (error) {
          const wait = waitIn(error);
          if (wait === undefined) throw error;
          await sleep(wait, undefined, { signal }).catch(() => undefined);
          if (signal.aborted) throw error;
        }
      }
    },
  };
}

/** In ms; `undefined` where waiting does not help. */
function waitIn(error: unknown): number | undefined {
  if (!(error instanceof AppError) || error.code !== "rate_limited") return undefined;
  const seconds = error.details?.["retry_after_seconds"];
  return typeof seconds === "number" ? seconds * 1000 : undefined;
}
