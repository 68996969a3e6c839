import type { AppError } from "../../domain/errors.ts";
import { LATEST } from "../../domain/names.ts";
import { completeNames } from "../../operations/complete-names.ts";
import { getPrompt } from "../../operations/get-prompt.ts";
import { getVersions } from "../../operations/get-versions.ts";
import { call, callOr, toProtocolError } from "./calls.ts";
import type { McpHandlers, McpSession } from "./session.ts";
import { TEMPLATES } from "./uris.ts";

const NOTHING = { completion: { values: [], total: 0, hasMore: false } };

/** As many as the protocol lets one answer have. */
const MAX_VALUES = 100;

/** Completes names of prompts, numbers of versions and labels in the resource templates, and values of prompts' arguments. */
export function completionHandlers(session: McpSession): Pick<McpHandlers, "completion/complete"> {
  return {
    async "completion/complete"({ params }) {
      await session.authenticate();
      const { ref, argument, context } = params;
      if (ref.type === "ref/prompt") return values(ref.name, argument);
      if (ref.type !== "ref/resource" || !isTemplate(ref.uri)) return NOTHING;
      if (argument.name === "name") return names(argument.value);
      const name = context?.arguments?.["name"];
      if (argument.name === "version" && name !== undefined) return versions(name, argument.value);
      if (argument.name === "label" && name !== undefined) return labels(name, argument.value);
      return NOTHING;
    },
  };

  async function names(prefix: string) {
    const { names: values, more } = await call(session, completeNames, { prefix });
    return { completion: { values, hasMore: more } };
  }

  async function versions(name: string, typed: string) {
    // A prompt's versions are 1, 2, 3 … without a gap: the newest tells all.
    const found = await callOr(session, getVersions, { name, limit: 1 }, absent);
    const latest = found?.items[0]?.number ?? 0;
    const numbers = Array.from({ length: latest }, (_, place) => String(latest - place));
    return matching(numbers, typed);
  }

  /** What a schema names as choices; otherwise what it gives as its default and examples. */
  async function values(name: string, { name: asked, value: typed }: { name: string; value: string }) {
    const prompt = await callOr(session, getPrompt, { name }, absent);
    const argument = prompt?.arguments.find((candidate) => candidate.name === asked);
    if (argument === undefined) return NOTHING;
    const { type, enum: choices, default: fallback, examples = [] } = argument;
    const proposed = choices ?? [
      ...(fallback === undefined ? [] : [fallback]),
      ...examples,
      ...(type === "boolean" ? [true, false] : []),
    ];
    return matching([...new Set(proposed.map(textOf))], typed);
  }

  async function labels(name: string, typed: string) {
    const prompt = await callOr(session, getPrompt, { name }, absent);
    return prompt === undefined ? NOTHING : matching([...Object.keys(prompt.labels), LATEST], typed);
  }
}

/** Nothing completes what belongs to a prompt that is not there; every other refusal is told. */
function absent(error: AppError): undefined {
  if (error.code !== "not_found") throw toProtocolError(error);
}

function matching(values: readonly string[], typed: string) {
  const found = values.filter((value) => value.startsWith(typed));
  return {
    completion: {
      values: found.slice(0, MAX_VALUES),
      total: found.length,
      hasMore: found.length > MAX_VALUES,
    },
  };
}

/** A value as it is typed. */
function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function isTemplate(uri: string): boolean {
  return Object.values<string>(TEMPLATES).includes(uri);
}
