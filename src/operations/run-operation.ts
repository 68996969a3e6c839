import type { z } from "zod";
import type { CallAllowance } from "../domain/call-limits.ts";
import { AppError, toAppError } from "../domain/errors.ts";
import type { Actor, Caller } from "../domain/identity.ts";
import { isScope, permissionsOf, SCOPES, type Scope } from "../domain/roles.ts";
import type { Counted } from "../services/call-limits.ts";
import type { Services } from "../services/index.ts";
import {
  callClassOf,
  canBeOnce,
  type MemberOperation,
  type Operation,
  type PublicOperation,
  permissionsFor,
} from "./define-operation.ts";

/** What a transport knows of a call besides its input. */
export interface Call {
  /** Resolves who calls; throws `unauthenticated`. Not asked for public operations. */
  readonly authenticate: () => Promise<Caller>;
  readonly requestId: string;
  /** The client's network address, where the call came over the network. Only such calls are limited. */
  readonly address?: string | undefined;
  /** Hears how the call stands with its limit, before it is run or refused. */
  readonly onAllowance?: ((allowance: CallAllowance) => void) | undefined;
  /**
   * Hears of fields that were given and that the operation does not have, such as `tag` for `tags`. They are not refused: a client
   * of a later version may give what this one does not know.
   */
  readonly onIgnored?: ((fields: readonly string[]) => void) | undefined;
  /** Chosen by the caller for a call that is to be done once, however often it is sent. Of no effect where that is no difference. */
  readonly idempotencyKey?: string | undefined;
}

/** Hears of every call when it has ended; for logs and metrics. */
export type CallObserver = (event: {
  readonly operation: string;
  readonly requestId: string;
  readonly tenantId: string | undefined;
  readonly userId: string | undefined;
  readonly milliseconds: number;
  readonly error: AppError | undefined;
}) => void;

export type RunOperation = (
  operation: Operation,
  input: unknown,
  call: Call,
) => Promise<Record<string, unknown>>;

/**
 * The one way into an operation, the same for every transport: authenticate, count for the limits, authorise, parse the
 * input, run, parse the output. Rejects with an AppError and nothing else.
 */
export function createRunner(
  services: Services,
  observe: CallObserver,
  now: () => Date = () => new Date(),
): RunOperation {
  return async function runOperation(operation, input, given) {
    const { authenticate, requestId, address, onAllowance, onIgnored, idempotencyKey } = given;
    const started = performance.now();
    const call = { operation: operation.name, requestId, at: now(), address };
    const count = (whose: Counted) => services.callLimits.count(callClassOf(operation), whose, onAllowance);
    let caller: Actor | undefined;
    let failure: AppError | undefined;
    try {
      if (operation.permission === "public") {
        if (address !== undefined) await count({ address });
        const parsed = parseInput(operation.input, input, onIgnored);
        return operation.output.parse(await operation.handler(services, parsed, call));
      }
      caller = { ...(await authenticate()), call };
      if (address !== undefined) await count(caller);
      authorise(operation, caller);
      requireServed(operation, caller);
      const parsed = parseInput(operation.input, input, onIgnored);
      const run = async (actor: Actor) =>
        operation.output.parse(await operation.handler(services, parsed, actor));
      if (idempotencyKey === undefined || !canBeOnce(operation)) return await run(caller);
      const request = { key: idempotencyKey, input: parsed, keepsAnswer: operation.secretAnswer !== true };
      return await services.idempotency.once(caller, request, run);
    } catch (error) {
      failure = toAppError(error);
      throw failure;
    } finally {
      observe({
        operation: operation.name,
        requestId,
        tenantId: caller?.tenantId,
        userId: caller?.userId,
        milliseconds: performance.now() - started,
        error: failure,
      });
    }
  };
}

/** Throws `forbidden` for what a tenant that is being deleted has no more. */
function requireServed({ whileEnding }: Operation, { tenantEndsAt }: Caller): void {
  if (!tenantEndsAt || whileEnding) return;
  const endsAt = tenantEndsAt.toISOString();
  throw new AppError(
    "forbidden",
    `The tenant is being deleted and is gone at ${endsAt}. Until then an admin can take that back (cancel_tenant_deletion) or export it.`,
    { reason: "tenant_ending", ends_at: endsAt },
  );
}

/** Throws `forbidden` when the caller's role, or the credential's cap or scopes, do not reach the operation. */
export function authorise(operation: Demands, caller: Allowed): void {
  const refusal = refusalOf(operation, caller);
  if (refusal !== undefined) throw refusal;
}

type Allowed = Pick<Caller, "role" | "permissions">;

type Demands =
  | Pick<MemberOperation, "name" | "permission" | "alsoNeeds">
  | Pick<PublicOperation, "name" | "permission">;

/**
 * What `authorise` would throw. Where a credential with more scopes would reach the operation, `details.scope` names all that
 * it needs: what it has and the one that is missing.
 */
export function refusalOf(operation: Demands, caller: Allowed): AppError | undefined {
  if (operation.permission === "public") return undefined;
  const permission = permissionsFor(operation).find((needed) => !caller.permissions.has(needed));
  if (permission === undefined) return undefined;
  const { name } = operation;
  const { role } = caller;
  if (permissionsOf(role).has(permission)) {
    return new AppError(
      "forbidden",
      `${name} needs the permission ${permission}, which your role has and this credential does not. Use one that may do more.`,
      { permission, role, ...(isScope(permission) ? { scope: scopesWith(caller, permission) } : {}) },
    );
  }
  return new AppError(
    "forbidden",
    `${name} needs the permission ${permission}, which your role ${role} does not have. Ask an admin of the tenant.`,
    { permission, role },
  );
}

function scopesWith({ permissions }: Pick<Caller, "permissions">, missing: Scope): Scope[] {
  return SCOPES.filter((scope) => scope === missing || permissions.has(scope));
}

/** In a person's words, where zod would tell of a type and of what it received. */
const missing: z.core.$ZodErrorMap = ({ input }) => (input === undefined ? "It is missing" : undefined);

function parseInput<Schema extends z.ZodObject>(
  schema: Schema,
  input: unknown,
  onIgnored: Call["onIgnored"],
): z.output<Schema> {
  const ignored = Object.keys(Object(input)).filter((field) => !Object.hasOwn(schema.shape, field));
  if (ignored.length > 0) onIgnored?.(ignored);
  const result = schema.safeParse(input ?? {}, { error: missing });
  if (result.success) return result.data;
  const issues = result.error.issues.slice(0, 20).map((issue) => ({
    path: issue.path.map(String).join("."),
    message: issue.message,
  }));
  const summary = issues
    .map(({ path, message }) => (path === "" ? message : `${path}: ${message}`))
    .join("; ");
  throw new AppError("invalid_input", `The input is not valid. ${summary}`, { issues });
}
