import type pg from "pg";

/** Whose rows a transaction sees, and with whose writes its own take turns. */
export interface Scope {
  /** `undefined`: the directory's, which is all of them. */
  readonly tenantId: string | undefined;
  /** What is written one after the other; `undefined`: it is not. */
  readonly turn: string | undefined;
  /** Whether all of its statements see the same moment. */
  readonly isSnapshot?: boolean;
  /** Whether its commit does not wait for the disk. */
  readonly isSoon?: boolean;
  /** Tenants whose writes it waits for before it waits for anything else, in order. */
  readonly ahead?: readonly string[];
}

export const SNAPSHOT: Scope = { tenantId: undefined, turn: undefined, isSnapshot: true };
export const DIRECTORY = { tenantId: undefined, turn: "directory" } as const satisfies Scope;
export const QUEUES: Scope = { tenantId: undefined, turn: undefined };

/** One message for all that a transaction begins with. */
export function opening(
  client: pg.PoolClient,
  { tenantId, turn, isSnapshot, isSoon, ahead = [] }: Scope,
  writes: boolean,
): string {
  const tenant = client.escapeLiteral(tenantId ?? "");
  const scope = tenantId === undefined ? "directory" : "tenant";
  const steps = [
    `begin ${isSnapshot ? "isolation level repeatable read " : ""}${writes ? "read write" : "read only"}`,
    `select set_config('promptforge.tenant', ${tenant}, true), set_config('promptforge.scope', '${scope}', true)`,
    ...(isSoon ? ["set local synchronous_commit = off"] : []),
    ...ahead.map((name) => locking(client, name)),
    ...(writes && turn !== undefined ? [locking(client, turn)] : []),
  ];
  return steps.join("; ");
}

/** Two names that share a number wait for each other, and that is all. */
export function locking(client: pg.PoolClient, name: string): string {
  return `select pg_advisory_xact_lock(${lockOf(client, name)})`;
}

/** Whether it is free, and then it is taken: nothing waits. */
export function lockingIfFree(client: pg.PoolClient, name: string): string {
  return `select pg_try_advisory_xact_lock(${lockOf(client, name)}) as free`;
}

function lockOf(client: pg.PoolClient, name: string): string {
  return `hashtextextended(${client.escapeLiteral(name)}, 0)`;
}
