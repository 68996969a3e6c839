import type { Loss, LossKind } from "./formats/format.ts";

/** What is lost, in words for whoever exports. */
const WORDS: Readonly<Record<LossKind, string>> = {
  name: "The format has no names: a prompt that is read again is named after its title.",
  title: "The format has no titles: a prompt that is read again is titled after its text.",
  description: "The description does not go with it, or not all of it.",
  tags: "The format has no place for these tags.",
  messages: "The format has no chats, or not these: the messages are written as one text.",
  input_schema: "The types and descriptions of arguments do not go with it.",
  config: "The settings for the model do not go with it.",
  labels: "The format has no labels.",
  labels_elsewhere: "Labels that point to versions that are not exported: export all of them.",
  change_note: "The format has no change notes.",
  spacing: "Blanks inside of {{ placeholders }} are left out.",
  includes: "Includes are read again in other letters: {{>tone}} as {{> tone@latest}}.",
  unfilled:
    "The text holds what Claude Code would take for an argument, or an argument that it cannot tell from what follows: the placeholders are written as they are, and are not filled there.",
  commands: "The text holds a !`command`, which Claude Code runs when the prompt is used.",
};

/** As many names as a report gives for one kind of loss. */
const MAX_NAMES = 10;

export interface LossReport {
  readonly kind: LossKind;
  readonly message: string;
  /** How many prompts, or versions where all of them are exported. */
  readonly count: number;
  /** The first of them. */
  readonly names: string[];
}

/** What was lost, by kind, in the order in which it was met first. */
export function reportLosses(losses: readonly Loss[]): LossReport[] {
  return [...Map.groupBy(losses, ({ kind }) => kind)].map(([kind, group]) => ({
    kind,
    message: WORDS[kind],
    count: group.length,
    names: [...new Set(group.map(({ name }) => name))].slice(0, MAX_NAMES),
  }));
}

/** Two reports of parts of one export as one. */
export function joinLosses(one: readonly LossReport[], other: readonly LossReport[]): LossReport[] {
  return [...Map.groupBy([...one, ...other], ({ kind }) => kind)].map(([kind, group]) => ({
    kind,
    message: WORDS[kind],
    count: group.reduce((sum, { count }) => sum + count, 0),
    names: [...new Set(group.flatMap(({ names }) => names))].slice(0, MAX_NAMES),
  }));
}
