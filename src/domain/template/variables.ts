import { MAX_ARGUMENTS, tooManyArguments } from "../input-schema.ts";
import type { FoundArgument } from "../prompt-arguments.ts";
import type { Tag } from "./tags.ts";

/**
 * The arguments that a template's tags ask for, in the order of their first use. Required is what stands outside of every
 * section; what is only a section, or only within one, may be left out. Throws `invalid_input` for more than MAX_ARGUMENTS.
 */
export function variablesOf(tags: readonly Tag[]): FoundArgument[] {
  const found = new Map<string, FoundArgument>();
  for (const tag of tags) {
    if (!("name" in tag) || tag.kind === "close" || tag.name === ".") continue;
    const [name = "", inner] = tag.name.split(".");
    const type = tag.kind === "variable" ? (inner === undefined ? "string" : "object") : "any";
    const known = found.get(name);
    found.set(name, {
      name,
      type: known === undefined || known.type === type ? type : "any",
      required: known?.required === true || (tag.kind === "variable" && tag.depth === 0),
    });
    if (found.size > MAX_ARGUMENTS) throw tooManyArguments();
  }
  return [...found.values()];
}
