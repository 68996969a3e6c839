import { AppError } from "../errors.ts";
import { type Include, readInclude } from "../include.ts";
import { RESERVED_NAMES } from "./names.ts";

/** Sections within each other. */
const MAX_NESTING = 16;

const NAME = "[A-Za-z_][A-Za-z0-9_-]{0,63}";
/** Each part is bounded, so that looking for tags takes time that grows with the text alone. */
const TAG = new RegExp(
  `(?<escape>\\\\?)\\{\\{\\s{0,8}(?:>\\s{0,8}(?<include>[^\\s{}]{1,260})|(?<kind>[#^/]?)\\s{0,8}(?<name>${NAME}(?:\\.${NAME}){0,7}|\\.))\\s{0,8}\\}\\}`,
  "g",
);

interface Place {
  /** UTF-16 offsets. */
  readonly start: number;
  readonly end: number;
}

export type Tag = Place &
  (
    | { readonly kind: "variable" | "section" | "inverted" | "close"; readonly name: string }
    | { readonly kind: "include"; readonly include: Include }
    /** `\{{name}}`: the tag as text, without the backslash. */
    | { readonly kind: "escaped"; readonly text: string }
  ) & {
    /** How many sections it stands in; of the tags of a section, without that section. */
    readonly depth: number;
  };

export interface Tags {
  readonly tags: readonly Tag[];
  /** Tags of sections that are not opened or not closed: they stay text. */
  readonly stray: readonly (Place & { readonly name: string })[];
}

type Found = Tag & { depth: number };

/**
 * The tags of a template in their order. What is not well-formed is text, and so is the tag of a section that has no
 * other end: any text is a template. Throws `invalid_input` for sections that are nested too deep.
 */
export function findTags(content: string): Tags {
  if (!content.includes("{{")) return { tags: [], stray: [] };
  const found = [...content.matchAll(TAG)].flatMap((match) => tagOf(match) ?? []);
  const paired = pairsOf(found);
  const tags: Tag[] = [];
  const stray: (Place & { name: string })[] = [];
  let depth = 0;
  for (const tag of found) {
    if (tag.kind === "close" && paired.has(tag)) depth -= 1;
    if (isSectionTag(tag) && !paired.has(tag)) stray.push({ name: tag.name, start: tag.start, end: tag.end });
    // The item of a loop is nothing where there is no loop.
    else if (depth > 0 || !("name" in tag) || tag.name !== ".") tags.push(Object.assign(tag, { depth }));
    if ((tag.kind === "section" || tag.kind === "inverted") && paired.has(tag)) depth += 1;
    if (depth > MAX_NESTING) {
      throw new AppError(
        "invalid_input",
        `The content has sections within each other to a depth of more than ${MAX_NESTING}. Use fewer levels, or split the prompt.`,
        { limit: MAX_NESTING },
      );
    }
  }
  return { tags, stray };
}

const KINDS = { "": "variable", "#": "section", "^": "inverted", "/": "close" } as const;

function tagOf({ 0: text, index: at, groups = {} }: RegExpExecArray): Found | undefined {
  const { escape: backslash = "", include, kind = "", name = "" } = groups;
  const place = { start: at, end: at + text.length, depth: 0 };
  const included = include === undefined ? undefined : readInclude(include);
  if (include !== undefined && included === undefined) return undefined;
  if (name.split(".").some((part) => RESERVED_NAMES.has(part))) return undefined;
  if (backslash !== "") return { ...place, kind: "escaped", text: text.slice(backslash.length) };
  if (included !== undefined) return { ...place, kind: "include", include: included };
  return { ...place, kind: KINDS[kind as keyof typeof KINDS], name };
}

function isSectionTag(tag: Found): tag is Found & { readonly name: string } {
  return tag.kind === "section" || tag.kind === "inverted" || tag.kind === "close";
}

/** The tags of sections that have both ends. One that closes an outer section leaves what is open within without an end. */
function pairsOf(tags: readonly Found[]): ReadonlySet<Found> {
  const paired = new Set<Found>();
  const open: (Found & { readonly name: string })[] = [];
  const counts = new Map<string, number>();
  const count = (name: string, by: number) => counts.set(name, (counts.get(name) ?? 0) + by);
  for (const tag of tags) {
    if (!isSectionTag(tag)) continue;
    if (tag.kind !== "close") {
      open.push(tag);
      count(tag.name, 1);
      continue;
    }
    if ((counts.get(tag.name) ?? 0) === 0) continue;
    for (let opening = open.pop(); opening !== undefined; opening = open.pop()) {
      count(opening.name, -1);
      if (opening.name !== tag.name) continue;
      paired.add(opening).add(tag);
      break;
    }
  }
  return paired;
}
