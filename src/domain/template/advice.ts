import { type Advice, adviceFor } from "../advice.ts";
import { findArguments, type PromptBody, templatesOf } from "../prompt-body.ts";
import { findTags } from "./tags.ts";

/** As many names as one piece of advice lists. */
const MAX_NAMES = 20;

/**
 * What an author may not have meant: sections without their other end, which stay text, and arguments that are used and not
 * declared. @param used names of arguments that what is included asks for.
 */
export function adviseOnTemplate(body: PromptBody, used: readonly string[]): Advice[] {
  return [...adviseOnSections(body), ...adviseOnArguments(body, used)];
}

function adviseOnSections(body: PromptBody): Advice[] {
  const stray = templatesOf(body).flatMap((template) => findTags(template).stray);
  const names = listed(stray.map(({ name }) => name));
  const message = `A section has no other end and stays text: ${names}. Close it with {{/name}}, or write \\{{ for the text.`;
  // Of a chat, places would be those in a message.
  if (body.messages === undefined) return adviceFor("unclosed_section", body.content, stray, () => message);
  return stray.length === 0 ? [] : [{ code: "unclosed_section", message }];
}

function adviseOnArguments(body: PromptBody, used: readonly string[]): Advice[] {
  if (body.inputSchema === undefined) return [];
  const found = findArguments(body);
  const declared = Object.keys(body.inputSchema.properties);
  const asked = new Set([...found.map(({ name }) => name), ...used]);
  const unused = declared.filter((name) => !asked.has(name));
  // What is only within a section may be a field of what the section is about.
  const undeclared = found.filter(({ name, required }) => required && !declared.includes(name));
  return [
    ...named(
      "unused_argument",
      unused,
      (names) => `Declared in the input_schema and used nowhere: ${names}.`,
    ),
    ...named(
      "undeclared_argument",
      undeclared.map(({ name }) => name),
      (names) => `Used and not declared in the input_schema: ${names}. Taken as required text.`,
    ),
  ];
}

function named(code: Advice["code"], names: readonly string[], say: (names: string) => string): Advice[] {
  return names.length === 0 ? [] : [{ code, message: say(listed(names)), names: names.slice(0, MAX_NAMES) }];
}

function listed(names: readonly string[]): string {
  return names.slice(0, MAX_NAMES).join(", ");
}
