import type { SearchHistoryStore } from "../domain/ports/search-history.ts";
import type { FoundPrompt, OpenedPrompt, SearchRecord } from "../domain/search-history.ts";

/** For how long after a search a prompt that is opened counts as found by it. */
const FOUND_BY_MS = 30 * 60_000;
/** Among how many of a user's last searches the one is looked for that found an opened prompt. */
const RECENT_SEARCHES = 100;

/** A user read or rendered a prompt, whether or not a search had found it. */
export interface Opening {
  readonly userId: string;
  readonly prompt: OpenedPrompt;
}

/** For each opening the user's last search before it that had found the prompt, where there is one that does not know of it yet. */
export async function searchesOf(history: SearchHistoryStore, openings: readonly Opening[]) {
  const marks: { searchId: string; prompt: OpenedPrompt }[] = [];
  for (const [userId, own] of Map.groupBy(openings, (opening) => opening.userId)) {
    if (!(await history.isEnabled(userId))) continue;
    const first = Math.min(...own.map(({ prompt }) => prompt.at.getTime()));
    const since = new Date(first - FOUND_BY_MS);
    const recent = await history.list(userId, { since, limit: RECENT_SEARCHES });
    for (const { prompt } of own) {
      const search = recent.find((candidate) => leadsTo(candidate, prompt));
      if (search !== undefined && !includes(search.opened, prompt)) {
        marks.push({ searchId: search.id, prompt });
      }
    }
  }
  return marks;
}

function leadsTo(search: SearchRecord, prompt: OpenedPrompt): boolean {
  const age = prompt.at.getTime() - search.at.getTime();
  return age >= 0 && age <= FOUND_BY_MS && includes(search.top, prompt);
}

function includes(prompts: readonly FoundPrompt[], prompt: FoundPrompt): boolean {
  return prompts.some(({ id }) => id === prompt.id);
}
