import { LRUCache } from "lru-cache";
import Mustache from "mustache";
import { AppError } from "../errors.ts";
import { includeText } from "../include.ts";
import { findTags, type Tag } from "./tags.ts";

/** What Mustache makes of a template: to be rendered by its writer. */
export type Tokens = Parameters<Mustache.Writer["renderTokens"]>[0];

/** In front of the name of what is included: no argument's name begins so. */
export const INCLUDE = ">";

/** In place of curly braces: no content has NUL in it, so nothing else can be a tag. */
const MARK = "\0";

const parser = new Mustache.Writer();
// Its own cache keeps all that it ever parsed.
Object.assign(parser, { templateCache: undefined });

/** 4 Mi UTF-16 units of templates in use: a prompt that is rendered often is parsed once. */
const parsed = new LRUCache<string, Tokens>({
  maxSize: 4 * 1024 * 1024,
  sizeCalculation: (_, content) => content.length,
});

/** Throws `invalid_input` for what cannot be a content, and sections nested too deep. */
export function parseTemplate(content: string): Tokens {
  const known = parsed.get(content);
  if (known !== undefined) return known;
  if (content.includes(MARK)) throw new AppError("invalid_input", "A template cannot have NUL in it.");
  const { tags } = findTags(content);
  // What has no tags is no work, and would only take the place of what is.
  if (tags.length === 0) return content === "" ? [] : textOnly(content);
  const tokens: Tokens = parser.parse(marked(content, tags), [MARK, MARK]);
  parsed.set(content, tokens);
  return tokens;
}

function textOnly(content: string): Tokens {
  return [["text", content]];
}

/** The template with its tags in marks that Mustache can take for nothing else, and all other text as it is. */
function marked(content: string, tags: readonly Tag[]): string {
  let text = "";
  let from = 0;
  for (const tag of tags) {
    text += content.slice(from, tag.start) + markedTag(tag);
    from = tag.end;
  }
  return text + content.slice(from);
}

/** Values are unescaped ones (`&`), since prompts are no HTML. So are includes, which keep the line that they stand on. */
const SIGNS = { variable: "&", section: "#", inverted: "^", close: "/" } as const;

function markedTag(tag: Tag): string {
  if (tag.kind === "escaped") return tag.text;
  if (tag.kind === "include") return `${MARK}&${INCLUDE}${includeText(tag.include)}${MARK}`;
  return `${MARK}${SIGNS[tag.kind]}${tag.name}${MARK}`;
}
