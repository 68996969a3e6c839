import type { ErrorCode } from "../../domain/errors.ts";
import { PROBLEMS, type Problem } from "./problem.ts";

interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
  readonly minimum?: number;
  readonly items?: Schema;
}

/**
 * A value to start from, for the body that /docs proposes. Patterns are left aside: from a Unicode one Swagger UI
 * makes up a text that the server refuses.
 */
export function exampleOf(schema: Schema): unknown {
  if (schema.examples !== undefined) return schema.examples[0];
  if (schema.default !== undefined) return schema.default;
  if (schema.enum !== undefined) return schema.enum[0];
  switch (schema.type) {
    case "array":
      return [exampleOf(schema.items ?? {})];
    case "integer":
    case "number":
      return schema.minimum ?? 0;
    case "boolean":
      return false;
    case "object":
      return {};
    default:
      return "text";
  }
}

export function exampleProblem(code: ErrorCode, status: number, detail: string): Problem {
  const { title } = PROBLEMS[code];
  const request_id = "1da353ac-4a40-4f45-84d8-f8532c0c01f0";
  return { type: `urn:promptforge:error:${code}`, title, status, detail, code, request_id };
}
