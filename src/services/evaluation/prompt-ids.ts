import type { Caller } from "../../domain/identity.ts";
import type { CorpusPrompt } from "../../domain/search-evaluation.ts";
import type { PromptService } from "../prompts.ts";
import type { Grades } from "./metrics.ts";

export interface PromptIds {
  /** Grades by the library's ids, and the ids that name nothing in it. */
  resolve(relevant: Readonly<Record<string, number>>): {
    readonly grades: Grades;
    readonly unknown: string[];
  };
}

const PAGE = 100;

/**
 * Reads which prompts the caller's library has. Judgments name them by id or by name, or by the ids of a corpus whose
 * prompts were imported: those are told by title and content, and equal ones by the order in which they were imported.
 */
export async function readPromptIds(
  prompts: Pick<PromptService, "list">,
  caller: Caller,
  corpus: readonly CorpusPrompt[] | undefined,
): Promise<PromptIds> {
  const ids = new Map<string, string>();
  const byText = new Map<string, string[]>();
  for (let cursor: string | undefined, more = true; more; ) {
    const page = await prompts.list(caller, {
      sort: "created_at",
      limit: PAGE,
      cursor,
      includeContent: corpus !== undefined,
    });
    for (const { id, name, title, content = "" } of page.items) {
      ids.set(id, id).set(name, id);
      if (corpus !== undefined) append(byText, textKey(title, content), id);
    }
    cursor = page.next_cursor ?? undefined;
    more = cursor !== undefined;
  }
  for (const { id, title = "", content } of corpus ?? []) {
    const same = byText.get(textKey(title, content)) ?? [];
    const own = same.length > 1 ? same.shift() : same[0];
    if (own === undefined) ids.delete(id);
    else ids.set(id, own);
  }
  return {
    resolve(relevant) {
      const judged = Object.entries(relevant).filter(([, grade]) => grade > 0);
      const grades = judged.map(([id, grade]): [string, number] => [ids.get(id) ?? `unknown ${id}`, grade]);
      return {
        grades: new Map(grades.toSorted(([, a], [, b]) => a - b)),
        unknown: judged.map(([id]) => id).filter((id) => !ids.has(id)),
      };
    },
  };
}

function textKey(title: string, content: string): string {
  return JSON.stringify([title.trim(), content]);
}

function append(lists: Map<string, string[]>, key: string, value: string): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}
