import { canonicalJson } from "../domain/canonical-json.ts";
import type { PromptDraft } from "./prompt-draft.ts";

/** What a prompt says, without what is empty. */
export type Said = Readonly<Record<string, unknown>>;

/** The file of a prompt in the folder. */
export interface SyncFile {
  /** Below the folder, with slashes. */
  readonly path: string;
  /** Of its text. */
  readonly hash: string;
  readonly said: Said;
}

/** A prompt of the library, as the format writes it. */
export interface SyncPrompt {
  /** Where its file belongs. */
  readonly path: string;
  readonly version: number;
  /** Of the text that the format makes of it. */
  readonly hash: string;
  readonly said: () => Said;
  /** Whether the format would make one text of its messages. */
  readonly losesChat: boolean;
}

/** Both sides of a prompt as they were when they agreed last. */
export interface SyncedState {
  readonly path: string;
  /** Hash of the file's text. */
  readonly file: string;
  readonly version: number;
  /** Hash of what the library held; empty where that is not known. */
  readonly library: string;
}

export interface SyncWorld {
  readonly files: ReadonlyMap<string, SyncFile>;
  readonly library: ReadonlyMap<string, SyncPrompt>;
  /** Names of archived prompts. */
  readonly archived: ReadonlySet<string>;
  readonly remembered: ReadonlyMap<string, SyncedState>;
  /** Files, and folders with all below them, of which is not known what they say. */
  readonly unread: readonly string[];
}

export const SYNC_CHANGES = [
  "added_here",
  "added_there",
  "changed_here",
  "changed_there",
  "deleted_here",
  "deleted_there",
  /** Both sides agree, which is not remembered yet. */
  "in_step",
  /** From both sides. */
  "gone",
  "conflict",
] as const;
/** Here: in the folder. There: in the library. */
export type SyncChange = (typeof SYNC_CHANGES)[number];

/** Why a conflict is one, in words for whoever resolves it. */
export const CONFLICTS = {
  both_changed: "The file and the prompt have both changed.",
  both_exist: "There are a file and a prompt, which differ, and they were never in step.",
  changed_here: "The file has changed, and the prompt is archived or gone.",
  changed_there: "The file is gone, and the prompt has changed.",
  archived: "There is a file, and the prompt is archived. Restore it, or remove the file.",
  path_taken: "Another file lies where the prompt's belongs.",
  unread: "Its file cannot be read.",
  chat: "The file has changed, and the prompt is a chat, which this format cannot hold. Change it in the library.",
} as const;
export type SyncConflict = keyof typeof CONFLICTS;

export interface SyncStep {
  readonly name: string;
  readonly path: string;
  readonly change: SyncChange;
  /** Of a conflict. */
  readonly reason?: SyncConflict;
}

/**
 * What makes the folder and the library follow each other, by name. What has changed on one side goes to the other; what has on
 * both is a conflict, unless they agree, so that a sync that was broken off finds its own work done.
 */
export function planSync(world: SyncWorld): SyncStep[] {
  const names = new Set([...world.files.keys(), ...world.library.keys(), ...world.remembered.keys()]);
  const taken = new Set([...[...world.files.values()].map(({ path }) => path), ...world.unread]);
  return [...names].sort(byCodeUnit).flatMap((name) => {
    const found = stepOf(name, world, taken);
    if (found === undefined) return [];
    const side = world.files.get(name) ?? world.remembered.get(name) ?? world.library.get(name);
    return [{ name, path: side?.path ?? "", ...found }];
  });
}

type Found = Pick<SyncStep, "change" | "reason">;

function stepOf(name: string, world: SyncWorld, taken: ReadonlySet<string>): Found | undefined {
  const file = world.files.get(name);
  const prompt = world.library.get(name);
  const known = world.remembered.get(name);
  if (file === undefined) {
    if (prompt === undefined) return { change: "gone" };
    if (known !== undefined) {
      // A file that cannot be read is not one that is gone.
      if (isUnread(known.path, world.unread)) return conflict("unread");
      return prompt.hash === known.library ? { change: "deleted_here" } : conflict("changed_there");
    }
    return taken.has(prompt.path) ? conflict("path_taken") : { change: "added_there" };
  }
  if (prompt === undefined) {
    if (known !== undefined) {
      return file.hash === known.file ? { change: "deleted_there" } : conflict("changed_here");
    }
    return world.archived.has(name) ? conflict("archived") : { change: "added_here" };
  }
  const here = file.hash !== known?.file;
  const there = prompt.hash !== known?.library;
  if (here && agrees(file.said, prompt.said())) return { change: "in_step" };
  if (here && there) return conflict(known === undefined ? "both_exist" : "both_changed");
  if (here) return prompt.losesChat ? conflict("chat") : { change: "changed_here" };
  if (there) return { change: "changed_there" };
  return file.path === known?.path && prompt.version === known.version ? undefined : { change: "in_step" };
}

function conflict(reason: SyncConflict): Found {
  return { change: "conflict", reason };
}

function isUnread(path: string, unread: readonly string[]): boolean {
  return unread.some((place) => path === place || path.startsWith(`${place}/`));
}

export function saidBy({ name: _, change_note: __, ...draft }: PromptDraft): Said {
  return Object.fromEntries(Object.entries(draft).filter(([, value]) => !isEmpty(value)));
}

/** Whether the library holds all that a file says. What the file leaves out is the library's own, as for an import. */
function agrees(file: Said, prompt: Said): boolean {
  return Object.entries(file).every(([key, value]) => canonicalJson(value) === canonicalJson(prompt[key]));
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0)
  );
}

/** The same order on every machine. */
export function byCodeUnit(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
