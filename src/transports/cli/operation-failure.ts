import { z } from "zod";
import { AppError } from "../../domain/errors.ts";
import type { Operation } from "../../operations/define-operation.ts";
import { type Field, flagName } from "./operation-fields.ts";

const issuesSchema = z.object({
  issues: z.array(z.object({ path: z.string(), message: z.string() })).min(1),
});
const missingSchema = z.object({ missing: z.array(z.string()).min(1) });

/** A refused input in the words of its command: the flag of each field, and how to give what is missing. */
export function commandFailure(
  error: unknown,
  operation: Operation,
  fields: readonly Field[],
  input: Readonly<Record<string, unknown>>,
): unknown {
  if (!(error instanceof AppError) || error.code !== "invalid_input") return error;
  const hints = [missingHint(error, fields), fileHint(operation, input)].filter((hint) => hint !== undefined);
  return new AppError(
    error.code,
    [sentenceOf(error, operation, fields), ...hints].join(" "),
    error.details,
    error.cause,
  );
}

function sentenceOf({ message, details }: AppError, { cli }: Operation, fields: readonly Field[]): string {
  const read = issuesSchema.safeParse(details);
  if (!read.success) return message;
  const issues = read.data.issues.map((issue) => {
    const field = fields.find(({ name }) => name === issue.path.split(".")[0]);
    if (field === undefined) return issue.message;
    const isPositional = cli?.positionals?.includes(field.name) === true;
    return `${isPositional ? `<${field.name}>` : flagName(field)}: ${issue.message}`;
  });
  return `The input is not valid. ${issues.join("; ")}.`;
}

/** A prompt's arguments, given by a flag of their own. */
function missingHint({ details }: AppError, fields: readonly Field[]): string | undefined {
  const read = missingSchema.safeParse(details);
  const field = fields.find(({ name }) => name === "arguments");
  if (!read.success || field === undefined) return undefined;
  return `Give each as name=value: ${read.data.missing.map((name) => `${flagName(field)} ${name}=…`).join(" ")}`;
}

/** What was piped in beside other flags is not read unless asked for. */
function fileHint({ cli }: Operation, input: Readonly<Record<string, unknown>>): string | undefined {
  if (cli?.file === undefined || input[cli.file] !== undefined) return undefined;
  return `The ${cli.file} comes with --${cli.file}, or with --file and a path or - for standard input.`;
}
