import { composed } from "./composed.ts";
import { LATEST, labelRefSchema, nameProblem } from "./names.ts";

/** Another prompt, as a template asks for it: `support/tone@production`. */
export interface Include {
  readonly name: string;
  /** A label, `latest`, or the number of a version. */
  readonly at: string;
}

const VERSION = /^[1-9]\d{0,8}$/;

/** The include that a text such as `support/tone@3` names; `undefined` when it can name none. */
export function readInclude(text: string): Include | undefined {
  const [reference = "", at = LATEST, ...rest] = text.split("@");
  const name = composed(reference).toLowerCase();
  if (rest.length > 0 || nameProblem(name) !== undefined) return undefined;
  if (VERSION.test(at)) return { name, at };
  const label = labelRefSchema.safeParse(at);
  return label.success ? { name, at: label.data } : undefined;
}

/** As `readInclude` reads it, always with the place: the same for the same include. */
export function includeText({ name, at }: Include): string {
  return `${name}@${at}`;
}

/** The number of a version that an include asks for; `undefined` where it asks for a label. */
export function versionOfInclude({ at }: Include): number | undefined {
  return VERSION.test(at) ? Number(at) : undefined;
}
