import Mustache from "mustache";
import { AppError } from "../errors.ts";
import { isJsonObject } from "../json-bounds.ts";
import { INCLUDE, parseTemplate, type Tokens } from "./parse.ts";

/** 2 MiB: a rendered prompt larger than this is a mistake, not a prompt. */
export const MAX_RENDERED_BYTES = 2 * 1024 * 1024;

/** Pieces of text and values that one rendering may take: a loop within a loop within a loop is stopped before it is felt. */
const MAX_STEPS = 200_000;

export interface RenderRequest {
  /** The templates, of which all together are one prompt. */
  readonly contents: readonly string[];
  readonly values: Readonly<Record<string, unknown>>;
  /** The content of what is included, by the text of the include. */
  readonly included?: ReadonlyMap<string, string> | undefined;
}

/**
 * Fills templates with values. Values are put in as they are, never scanned for tags and never run. What there is no value
 * for is empty. Throws `too_large` as soon as the result would pass MAX_RENDERED_BYTES, or would take too many steps.
 */
export function render({ contents, values, included }: RenderRequest): string[] {
  const writer = new BoundedWriter(included ?? new Map());
  const context = new Values(values, undefined);
  return contents.map((content) => writer.renderTokens(parseTemplate(content), context));
}

/** Mustache's writer, which counts what it does. */
class BoundedWriter extends Mustache.Writer {
  readonly #included: ReadonlyMap<string, string>;
  #bytes = 0;
  #steps = 0;

  constructor(included: ReadonlyMap<string, string>) {
    super();
    this.#included = included;
  }

  override renderTokens(tokens: Tokens, context: Mustache.Context): string {
    this.#steps += 1 + tokens.length;
    if (this.#steps > MAX_STEPS) {
      throw new AppError(
        "too_large",
        `The prompt takes more than ${MAX_STEPS} steps to render; give shorter lists, or use fewer loops and includes.`,
        { limit: MAX_STEPS },
      );
    }
    return super.renderTokens(tokens, context);
  }

  override rawValue(token: string[]): string {
    return this.#counted(super.rawValue(token));
  }

  override unescapedValue([, name = ""]: string[], context: Mustache.Context): string {
    if (!name.startsWith(INCLUDE)) return this.#counted(textOf(context.lookup(name)));
    const content = this.#included.get(name.slice(INCLUDE.length));
    return content === undefined ? "" : this.renderTokens(parseTemplate(content), context);
  }

  #counted(text: string): string {
    this.#bytes += Buffer.byteLength(text);
    if (this.#bytes > MAX_RENDERED_BYTES) {
      throw new AppError(
        "too_large",
        `The rendered prompt is larger than ${MAX_RENDERED_BYTES} bytes; shorten the arguments.`,
        { limit: MAX_RENDERED_BYTES },
      );
    }
    return text;
  }
}

/**
 * Looks values up as Mustache says, and nowhere but among what was given: Mustache's own context asks objects and texts for
 * whatever they answer to, `constructor` and `length` too, and calls what is a function.
 */
class Values extends Mustache.Context {
  override push(view: unknown): Values {
    return new Values(view, this);
  }

  override lookup(name: string): unknown {
    if (name === ".") return this.view;
    const [first = "", ...rest] = name.split(".");
    for (let context: Mustache.Context | undefined = this; context !== undefined; context = context.parent) {
      if (has(context.view, first)) return rest.reduce(valueIn, context.view[first]);
    }
    return undefined;
  }
}

function has(view: unknown, name: string): view is Readonly<Record<string, unknown>> {
  return isJsonObject(view) && Object.hasOwn(view, name);
}

function valueIn(view: unknown, name: string): unknown {
  return has(view, name) ? view[name] : undefined;
}

/** A value as text: what is no text, number or truth is JSON. */
function textOf(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
