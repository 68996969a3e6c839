import { type Include, includeText, readInclude, versionOfInclude } from "../../domain/include.ts";
import { nameProblem, promptNameSchema, slugFrom } from "../../domain/names.ts";
import { findTags } from "../../domain/template/tags.ts";

/** Langfuse's reference to another prompt. Behind a backslash it would become mere text here, and is left alone. */
const REFERENCE = /(?<!\\)@@@langfusePrompt:name=([^|@\n]{1,200})\|(version|label)=([^|@\n]{1,100})@@@/g;

/** Langfuse's names may hold anything; ours are made of parts. */
export function langfuseName(told: string): string | undefined {
  const kept = promptNameSchema.safeParse(told);
  if (kept.success) return kept.data;
  const slug = told
    .split("/")
    .filter((part) => part.trim() !== "")
    .map(slugFrom)
    .join("/");
  return nameProblem(slug) === undefined ? slug : undefined;
}

/**
 * A text of ours as Langfuse writes it: `{{> tone@production}}` is `@@@langfusePrompt:name=tone|label=production@@@`. A reference that stands
 * in it already stays one, by our name: Langfuse knows no way to write it as mere text.
 */
export function toLangfuseText(text: string): string {
  let written = "";
  let at = 0;
  for (const tag of findTags(text).tags) {
    if (tag.kind !== "include") continue;
    written += text.slice(at, tag.start) + referenceTo(tag.include);
    at = tag.end;
  }
  return (written + text.slice(at)).replace(REFERENCE, (reference, ...told: string[]) => {
    const include = includeOf(told);
    return include === undefined ? reference : referenceTo(include);
  });
}

/** A text of Langfuse as ours. Where its references would not be written again as they are, as within other tags, it stays as it is. */
export function fromLangfuseText(text: string): string {
  if (!text.includes("@@@langfusePrompt:")) return text;
  const read = text.replace(REFERENCE, (reference, ...told: string[]) => {
    const include = includeOf(told);
    return include === undefined ? reference : `{{> ${includeText(include)}}}`;
  });
  return toLangfuseText(read) === toLangfuseText(text) ? read : text;
}

/** `undefined` for what can be none here, such as a label that looks like a version's number. */
function includeOf([name = "", key, place = ""]: readonly string[]): Include | undefined {
  const include = readInclude(`${langfuseName(name) ?? ""}@${place}`);
  const isVersion = include !== undefined && versionOfInclude(include) !== undefined;
  return isVersion === (key === "version") ? include : undefined;
}

function referenceTo(include: Include): string {
  const key = versionOfInclude(include) === undefined ? "label" : "version";
  return `@@@langfusePrompt:name=${include.name}|${key}=${include.at}@@@`;
}
