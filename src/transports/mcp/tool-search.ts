import type { Tool } from "@modelcontextprotocol/server";
import MiniSearch from "minisearch";
import { stemmer } from "stemmer";
import { wordsIn } from "../../domain/words.ts";

/** Words that people use for one thing where tools are concerned: a tool that has another one of them is found by it, too. */
const ALIKE = [
  "delete remove archive revoke erase clear end stop kick",
  "list show see get view display",
  "change update edit modify adjust",
  "undo revert rollback restore back",
  "member user person people somebody someone team colleague",
  "role admin administrator permission right",
  "favourite favorite bookmark star pin",
  "folder directory category",
  "quota limit allowance maximum",
  "usage statistics often",
  "export download",
  "import upload load",
  "approve review accept",
  "include depend",
  "tenant organisation organization workspace",
  "render fill run",
  "redeliver retry resend again",
  "many bulk several all",
].map((words) => words.split(" "));

/** What a search gives at most, and the part of its best's score that the last one has at least. */
const MOST = 8;
const NEAR = 0.3;
const ALIKE_WEIGHT = 0.6;

/**
 * A search over tools by any words of their names, titles and descriptions, whatever their endings, best first by BM25; words that
 * mean the same count less.
 */
export function toolSearch(tools: readonly Tool[]) {
  const index = new MiniSearch<Tool>({
    idField: "name",
    fields: ["name", "title", "description"],
    processTerm: (word) => stemmer(word.toLowerCase()),
  });
  index.addAll(tools);
  /** @param within Those that may be found. */
  return (query: string, within: readonly Tool[]): Tool[] => {
    const byName = new Map<string, Tool>(within.map((tool) => [tool.name, tool]));
    const found = index.search(
      {
        combineWith: "OR",
        queries: [{ queries: [query] }, { queries: [alikeOf(query)], boostTerm: () => ALIKE_WEIGHT }],
      },
      { boost: { name: 2, title: 2 }, filter: ({ id }) => byName.has(id) },
    );
    const [best] = found;
    const near = found.filter(({ score }) => score >= NEAR * (best?.score ?? 0));
    return near.slice(0, MOST).flatMap(({ id }) => byName.get(id) ?? []);
  };
}

/** Words, not their stems: the search stems what it is given, and a stem's stem may be another one. */
function alikeOf(query: string): string {
  const asked = new Set(wordsIn(query).map(stemmer));
  const isAsked = (word: string) => asked.has(stemmer(word));
  return ALIKE.filter((group) => group.some(isAsked))
    .flat()
    .filter((word) => !isAsked(word))
    .join(" ");
}
