import { draftBody } from "../draft-body.ts";
import { joinFrontMatter } from "../front-matter.ts";
import { isObject } from "../json-values.ts";
import { readPromptText, textDraft } from "../text-prompt.ts";
import { messagesOf, templateOf } from "./dotprompt-roles.ts";
import { lossOf, nameToTell, writeFolder } from "./folder-writer.ts";
import type { FormatReader } from "./format.ts";

/** Dotprompt has no titles and tags. A key with a dot is an extension of its front matter: what is before the dot says whose. */
const TITLE = "promptforge.title";
const TAGS = "promptforge.tags";
/** Of a text that looks as if it had roles. */
const TYPE = "promptforge.type";
const TEXT = "text";

/** Google's dotprompt: front matter and a template, in which roles begin messages. */
export const readDotprompt: FormatReader = function* ({ path, name, text }) {
  const read = readPromptText(text, {
    fieldsOf: ({ [TITLE]: title, [TAGS]: tags, ...values }) => ({
      ...values,
      ...(title === undefined ? {} : { title }),
      ...(tags === undefined ? {} : { tags }),
    }),
    others: ["model", "config", "input", TYPE],
  });
  if ("message" in read) return yield read;
  const { model, config, input, [TYPE]: type } = read.frontMatter?.typed() ?? {};
  const { schema, others } = schemaIn(input);
  const body = draftBody({
    content: read.content,
    messages: type === TEXT ? undefined : messagesOf(read.content),
    input_schema: schema,
    config: configIn(model, config),
  });
  if ("message" in body) {
    return yield {
      line: read.frontMatter?.lineOf(body.message.includes("schema") ? "input" : "config"),
      message: body.message,
    };
  }
  const { name: own = name, ...fields } = read.fields;
  const found = textDraft({
    ...{ path, name: own, fields, content: read.content, hasHeadings: false },
    ignored: [...read.ignored, ...others],
  });
  yield "draft" in found ? { ...found, draft: { ...found.draft, ...body } } : found;
};

/** The model is a setting like the others here. */
function configIn(model: unknown, config: unknown): unknown {
  if (model === undefined || model === null) return config;
  return isObject(config) || config === undefined || config === null ? { model, ...config } : config;
}

/**
 * A JSON Schema of an object with properties. Picoschema, dotprompt's short form, is left alone: it is told as not taken, as are
 * default values beside it.
 */
function schemaIn(input: unknown): { readonly schema?: unknown; readonly others: readonly string[] } {
  if (!isObject(input)) return { others: input === undefined || input === null ? [] : ["input"] };
  const { schema, ...rest } = input;
  const others = Object.keys(rest).map((key) => `input.${key}`);
  if (isObject(schema) && schema["type"] === "object" && isObject(schema["properties"]))
    return { schema, others };
  return { others: schema === undefined || schema === null ? others : [...others, "input.schema"] };
}

export const dotpromptWriter = writeFolder({
  extension: ".prompt",
  losses: ["labels", "change_note"],
  lossesOf(version) {
    const { messages } = version;
    const isLost = messages !== undefined && templateOf(messages) === undefined;
    return isLost ? lossOf(version, "messages").map(({ kind }) => kind) : [];
  },
  textOf({ name, title, description, tags, content, messages, declared_schema, config }, path) {
    const { model, ...settings } = config;
    const isModel = typeof model === "string" && model !== "";
    const rest = isModel ? settings : config;
    const fields = {
      name: nameToTell(name, path),
      description,
      ...(isModel && { model }),
      ...(Object.keys(rest).length > 0 && { config: rest }),
      ...(declared_schema !== null && { input: { schema: declared_schema } }),
      [TITLE]: title,
      [TAGS]: tags,
      ...(messages === undefined && messagesOf(content) !== undefined && { [TYPE]: TEXT }),
    };
    return joinFrontMatter(fields, (messages && templateOf(messages)) ?? content);
  },
});
