import type { ChatEntry } from "../../domain/chat.ts";

/** Dotprompt calls the assistant a model, and its one place for earlier messages `history`. */
const TO_ROLE = { system: "system", user: "user", assistant: "model" } as const;
const FROM_ROLE = { system: "system", user: "user", model: "assistant" } as const;
const HISTORY = "history";
const MARKER = /\{\{\s{0,8}(?:role\s{1,8}"(system|user|model)"|history)\s{0,8}\}\}/g;

/** The messages of a template that begins with a role; `undefined` for one that is a text, or begins before its first role. */
export function messagesOf(template: string): ChatEntry[] | undefined {
  const markers = [...template.matchAll(MARKER)];
  if (markers.length === 0 || template.slice(0, markers[0]?.index).trim() !== "") return undefined;
  const entries: ChatEntry[] = [];
  for (const [index, marker] of markers.entries()) {
    const [text, role] = marker;
    const from = marker.index + text.length;
    const content = between(template.slice(from, markers[index + 1]?.index), index === markers.length - 1);
    if (role === undefined) {
      // What follows on the history without a role of its own would be nobody's.
      if (content.trim() !== "") return undefined;
      entries.push({ placeholder: HISTORY });
    } else if (role === "system" || role === "user" || role === "model") {
      entries.push({ role: FROM_ROLE[role], content });
    }
  }
  return entries;
}

/** A message stands on lines of its own: the newline before it, and the one after it, are not its own. */
function between(text: string, isLast: boolean): string {
  const begun = text.replace(/^\r?\n/, "");
  return isLast ? begun : begun.replace(/\n$/, "");
}

/** The messages as a template; `undefined` where that, read again, would be other ones. */
export function templateOf(messages: readonly ChatEntry[]): string | undefined {
  const template = messages
    .map((entry) => ("role" in entry ? `{{role "${TO_ROLE[entry.role]}"}}\n${entry.content}` : "{{history}}"))
    .join("\n");
  return JSON.stringify(messagesOf(template)) === JSON.stringify(messages) ? template : undefined;
}
