import { z } from "zod";

/** Settings that are secrets, or may hold one, as an address may hold a password: their values are never repeated. */
export const SECRET = /(?:TOKEN|PASSWORD|SECRET|KEY|URL)$/;

const MAX_REPEATED = 60;

/** What is wrong with each refused setting, in words: what it must be, and what it is. */
export function settingProblems(
  schema: z.ZodObject,
  given: Readonly<Record<string, string | undefined>>,
  issues: readonly z.core.$ZodIssue[],
): string[] {
  const sentences = issues.map(({ path, code, message }) => {
    const name = String(path[0]);
    const wanted = code === "custom" ? undefined : wantedOf(schema.shape[name]);
    return `${name} ${wanted ?? message}${foundIn(name, given[name])}`;
  });
  return [...new Set(sentences)];
}

/** As the schema's own bounds and choices have it; `undefined` where the words of its check say it better. */
function wantedOf(setting: z.core.$ZodType | undefined): string | undefined {
  const { type, minimum, maximum, enum: choices, format, maxLength } = schemaOf(setting);
  if (type === "integer") return `must be a whole number from ${minimum} to ${maximum}`;
  if (choices !== undefined) return `must be ${either(choices.map(String))}`;
  if (format === "uri") return "must be an address such as https://prompts.example.com";
  return maxLength === undefined ? undefined : `must have at most ${maxLength} characters`;
}

function schemaOf(setting: z.core.$ZodType | undefined): z.core.JSONSchema.BaseSchema {
  return setting === undefined ? {} : z.toJSONSchema(setting, { io: "input" });
}

function either(choices: readonly string[]): string {
  return [choices.slice(0, -1).join(", "), ...choices.slice(-1)].filter((part) => part !== "").join(" or ");
}

function foundIn(name: string, value: string | undefined): string {
  if (value === undefined || SECRET.test(name)) return "";
  const text = value.length > MAX_REPEATED ? `${value.slice(0, MAX_REPEATED).toWellFormed()}…` : value;
  return `; it is '${text.replace(/\p{Cc}/gu, "\ufffd")}'`;
}
