import { ProtocolError, ProtocolErrorCode } from "@modelcontextprotocol/server";
import type { z } from "zod";
import {
  type AppError,
  type ErrorCode,
  type ErrorDetails,
  retryAfterSeconds,
  toAppError,
} from "../../domain/errors.ts";
import type { MemberOperation } from "../../operations/define-operation.ts";
import type { McpSession } from "./session.ts";

/**
 * JSON-RPC codes of the methods that have no `isError` result. What the caller can mend is
 * "invalid params"; the stable code of the library is in `data.code`.
 */
const JSON_RPC_CODES: Readonly<Partial<Record<ErrorCode, ProtocolErrorCode>>> = {
  internal: ProtocolErrorCode.InternalError,
  rate_limited: ProtocolErrorCode.InternalError,
  unavailable: ProtocolErrorCode.InternalError,
};

export function toProtocolError(error: AppError): ProtocolError {
  return new ProtocolError(JSON_RPC_CODES[error.code] ?? ProtocolErrorCode.InvalidParams, error.message, {
    code: error.code,
    ...detailsOf(error),
  });
}

/** Facts for a program; among them, as REST's Retry-After, when to try again. */
export function detailsOf(error: AppError): ErrorDetails {
  const seconds = retryAfterSeconds(error);
  return { ...error.details, ...(seconds === undefined ? {} : { retry_after_seconds: seconds }) };
}

/**
 * Runs an operation for a prompt, a resource or a completion. Rejects with a ProtocolError, made by `refusal` where
 * the method has an error of its own.
 */
export async function call<Input extends z.ZodObject, Output extends z.ZodObject>(
  session: McpSession,
  operation: MemberOperation<Input, Output>,
  input: z.input<Input>,
  refusal: (error: AppError) => ProtocolError = toProtocolError,
): Promise<z.output<Output>> {
  return callOr(session, operation, input, (error) => {
    throw refusal(error);
  });
}

/** Runs an operation, and gives what is to be answered in its place where it is refused. */
export async function callOr<Input extends z.ZodObject, Output extends z.ZodObject, Instead>(
  session: McpSession,
  operation: MemberOperation<Input, Output>,
  input: z.input<Input>,
  instead: (error: AppError) => Instead,
): Promise<z.output<Output> | Instead> {
  try {
    const output = await session.run(operation, input, session.call());
    // The runner has parsed it with this very schema; its own type is that of any operation.
    return output as z.output<Output>;
  } catch (error) {
    return instead(toAppError(error));
  }
}
