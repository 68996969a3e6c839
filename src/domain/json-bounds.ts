/** How large a JSON value may be. */
export interface JsonBounds {
  /** Of its text in UTF-8. */
  readonly bytes: number;
  /** Objects and arrays within each other. */
  readonly depth: number;
  /** Values of any kind in it, itself included. */
  readonly values?: number;
}

/** What is wrong with a value by these bounds, in words that follow its name; `undefined` when nothing is. */
export function jsonProblem(
  value: unknown,
  { bytes, depth, values = Infinity }: JsonBounds,
): string | undefined {
  let seen = 0;
  const waiting: { readonly value: unknown; readonly level: number }[] = [{ value, level: 0 }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    seen += 1;
    if (seen > values) return `has more than ${values} values`;
    if (typeof next.value === "object" && next.value !== null) {
      if (next.level === depth) return `is nested more than ${depth} levels deep`;
      for (const inner of Object.values(next.value)) waiting.push({ value: inner, level: next.level + 1 });
    } else if (!isJsonScalar(next.value)) return "is not JSON";
  }
  const size = Buffer.byteLength(JSON.stringify(value));
  return size > bytes ? `has ${size} bytes as JSON; at most ${bytes} are taken` : undefined;
}

function isJsonScalar(value: unknown): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  return value === null || typeof value === "string" || typeof value === "boolean";
}

export type JsonObject = Readonly<Record<string, unknown>>;

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
