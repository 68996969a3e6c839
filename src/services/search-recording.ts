import type { PromptService } from "./prompts.ts";
import type { SearchService } from "./search.ts";
import type { SearchHistoryService } from "./search-history.ts";

/** A search service whose answered searches the history is told of. */
export function recordSearches(
  service: SearchService,
  history: Pick<SearchHistoryService, "record">,
): SearchService {
  return {
    ...service,
    async search(caller, search) {
      const answer = await service.search(caller, search);
      const { query, limit: _limit, ...filters } = search;
      history.record(caller, { query, filters, found: answer.items });
      return answer;
    },
  };
}

/** A prompt service whose reads the history is told of: what is opened after a search is part of it. */
export function recordOpened(
  service: PromptService,
  history: Pick<SearchHistoryService, "opened">,
): PromptService {
  return {
    ...service,
    async get(caller, ref, choice) {
      const prompt = await service.get(caller, ref, choice);
      history.opened(caller, prompt);
      return prompt;
    },
    async render(caller, ref, choice, values) {
      const rendered = await service.render(caller, ref, choice, values);
      history.opened(caller, rendered);
      return rendered;
    },
  };
}
