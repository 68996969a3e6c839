import Table from "cli-table3";
import { type Report, type SearchRow, TARGETS } from "./report.ts";

type Cell = string | number;

/** A report for people. Times are in ms. */
export function reportText(report: Report): string {
  return [
    machineText(report),
    ...searchText(report),
    ...importText(report),
    ...getText(report),
    ...repeatedText(report),
    ...report.skipped.map(({ what, reason }) => `Not measured: ${what}. ${reason}`),
  ].join("\n\n");
}

function machineText({ machine, form, seconds, corpus, workers }: Report): string {
  const { cores, processor, memory_gb, node, platform, load } = machine;
  return [
    `${cores} cores of ${processor}, ${memory_gb} GB, ${platform}, Node ${node}`,
    `load ${load.before} before, ${load.after} after; ${form} form, ${seconds} s; ${workers} embedding worker(s); prompts of ${corpus}`,
  ].join("\n");
}

function searchText({ search }: Report): string[] {
  if (search.length === 0) return [];
  const head = [
    "index",
    "chunks",
    "engine",
    "n",
    "embed",
    "look-up",
    "floor p50",
    "p99",
    "search p50",
    "p99",
  ];
  const rows = search.map((row) => [
    row.index,
    row.chunks.toLocaleString("en"),
    row.engine,
    row.search.samples,
    row.embedding.p50_ms,
    row.look_up.p50_ms,
    row.floor.p50_ms,
    row.floor.p99_ms,
    row.search.p50_ms,
    row.search.p99_ms,
    row.ratio.p50,
    row.ratio.p99,
    remarkOn(row),
  ]);
  return [
    `Search against embedding the query and the bare look-up (p50 ratio: at most ${TARGETS.search_p50_at_most})`,
    tableOf([...head, "p50 ratio", "p99 ratio", ""], rows),
  ];
}

/** What makes a row say something else than the others. */
function remarkOn({ settled, degraded, empty, search }: SearchRow): string {
  return [
    settled ? "" : "the index was still being optimised",
    degraded === 0 ? "" : `${degraded} by words only`,
    empty > search.samples / 2 ? `${empty} found nothing` : "",
  ]
    .filter((remark) => remark !== "")
    .join(", ");
}

function importText({ imports }: Report): string[] {
  if (imports.length === 0) return [];
  const head = [
    "index",
    "engine",
    "rounds",
    "prompts",
    "chunks",
    "bare/s",
    "import/s",
    "ratio",
    "of CPU",
    "idle",
  ];
  const rows = imports.map((row) => [
    row.index,
    row.engine ?? "",
    row.rounds,
    row.prompts,
    row.chunks,
    row.bare_chunks_per_second,
    row.import_chunks_per_second,
    row.ratio,
    row.cpu_ratio,
    row.embedder_idle_share,
    row.findable_share,
    row.least_findable_share,
  ]);
  return [
    `Import against bare embedding, chunks a second (ratio: at least ${TARGETS.import_at_least}); when every prompt was findable by meaning, as a share of the whole (at most ${TARGETS.findable_share_at_most})`,
    tableOf([...head, "findable at", "least"], rows),
  ];
}

function getText({ get_prompt }: Report): string[] {
  if (get_prompt.length === 0) return [];
  const head = ["index", "n", "idle p50", "p99", "importing p50", "p99", "p50 ratio", "p99 ratio", ""];
  const rows = get_prompt.map(({ index, idle, importing, ratio, imported_throughout }) => [
    index,
    idle.samples,
    idle.p50_ms,
    idle.p99_ms,
    importing.p50_ms,
    importing.p99_ms,
    ratio.p50,
    ratio.p99,
    imported_throughout ? "" : "the import ended early",
  ]);
  return [
    `get_prompt while an import is being embedded, against idle (p99 ratio: at most ${TARGETS.get_p99_at_most})`,
    tableOf(head, rows),
  ];
}

function repeatedText({ repeated }: Report): string[] {
  if (repeated === undefined) return [];
  const { first_query, same_query_again, equal_prompts, texts_embedded } = repeated;
  return [
    `Embeddings for a query: ${first_query}; for the same again: ${same_query_again}; texts embedded for ${equal_prompts} equal prompts: ${texts_embedded}`,
  ];
}

function tableOf(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const table = new Table({
    head: [...head],
    style: { head: [], border: [], compact: true },
    colAligns: head.map((_, at) => (typeof rows[0]?.[at] === "number" ? "right" : "left")),
  });
  table.push(...rows.map((row) => [...row]));
  return table.toString();
}
