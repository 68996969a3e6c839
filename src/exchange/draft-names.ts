import { uniqueName } from "../domain/names.ts";
import type { DraftName, ReadItem } from "./prompt-reader.ts";

export interface Survey {
  readonly prompts: number;
  /** Names that authors chose: no derived name may take one of them, wherever in the files it stands. */
  readonly chosen: ReadonlySet<string>;
}

/** A first look over all drafts, which keeps none of them. */
export async function survey(items: AsyncIterable<ReadItem> | Iterable<ReadItem>): Promise<Survey> {
  const chosen = new Set<string>();
  let prompts = 0;
  for await (const item of items) {
    if (item.kind === "problem") continue;
    prompts += 1;
    if (!item.draft.name.derived) chosen.add(item.draft.name.value);
  }
  return { prompts, chosen };
}

/**
 * Gives each draft of one import its name. A derived name that is in use in this import takes the next free number
 * (-2, -3 …), in the order of the drafts: the same files give the same names each time, whatever the library holds.
 */
export function createDraftNames(chosen: ReadonlySet<string>): (name: DraftName) => string {
  const given = new Set(chosen);
  return ({ value, derived }) => {
    if (!derived) return value;
    const name = uniqueName(value, (candidate) => given.has(candidate));
    given.add(name);
    return name;
  };
}
