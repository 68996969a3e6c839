import { join } from "node:path";
import { DEFAULTS, FIGURES, type FigureName } from "./assumptions.ts";
import { type Simulation, simulate } from "./simulate.ts";

export const SCALING_PAGE = join(import.meta.dirname, "../../docs/scaling.md");

const BEGIN = "<!-- made by npm run docs:scaling -->";
const END = "<!-- end of what npm run docs:scaling makes -->";

/** A page with the generated part made anew, between its marks. Throws when these are not there. */
export function withSimulation(page: string): string {
  const [before, rest] = page.split(BEGIN);
  const [, after] = rest?.split(END) ?? [];
  if (before === undefined || after === undefined)
    throw new Error("The page has no marks for the simulation.");
  return `${before}${BEGIN}\n\n${generated()}\n\n${END}${after}`;
}

/** The simulation as it stands, what it starts from, and what ten times as much does. */
export function generated(): string {
  const now = simulate(DEFAULTS);
  const tenfold = simulate({ ...DEFAULTS, tenants: DEFAULTS.tenants * 10, prompts: DEFAULTS.prompts * 10 });
  return [
    simulationText(now),
    "### Ten times as much, on the same machines",
    `1,000,000 tenants, 1,000,000,000 prompts. ${sizesOf(tenfold)}`,
    partsText(tenfold),
    "### What it starts from",
    table(
      ["flag", "value", "", "", "why"],
      Object.entries(FIGURES).map(([name, { value, unit, source, why }]) => [
        `\`--${name}\``,
        value.toLocaleString("en"),
        unit,
        source,
        why,
      ]),
    ),
  ].join("\n\n");
}

/** As Markdown, which reads well in a terminal, too. */
export function simulationText(result: Simulation): string {
  const { figures: f, peak, memory, disk, first_import } = result;
  return [
    `${number(f.tenants)} tenants, ${number(f.prompts)} prompts. ${sizesOf(result)} The busiest hour has ${round(peak.reads)} reads, ${round(peak.searches)} searches and ${round(peak.writes)} writes a second.`,
    table(
      [
        "tenants on shards",
        "shards",
        "own",
        "asked by a search",
        "points, fullest node to mean",
        "searches, fullest to mean",
        "fullest shared shard to mean",
        "largest shard, points",
        "cores of the fullest node",
      ],
      result.layouts.map((load) => [
        load.layout,
        number(load.shards),
        number(load.own_shards),
        number(load.shards_a_search),
        load.points_max_to_mean.toFixed(2),
        load.searches_max_to_mean.toFixed(2),
        load.shared_max_to_mean.toFixed(2),
        number(load.largest_shard_points),
        round(load.cores_used),
      ]),
    ),
    `Of the fullest of ${f["qdrant-nodes"]} Qdrant nodes: ${round(memory.fp32_gb_a_node)} GB of memory with whole vectors, ${round(memory.int8_gb_a_node)} GB with int8; ${round(disk.qdrant_gb_a_node)} GB of disk. PostgreSQL: ${round(disk.postgres_gb)} GB. To embed everything once takes ${round(first_import.core_days)} core-days: ${round(first_import.days)} days of all servers.`,
    partsText(result),
    table(
      ["a month", "$"],
      result.cost.map(({ part, dollars }) => [part, number(Number(dollars.toPrecision(2)))]),
    ),
  ].join("\n\n");
}

function sizesOf({ tenants }: Simulation): string {
  return `The largest tenant has ${number(tenants.largest)} (${percent(tenants.largest_share)}), the hundred largest ${percent(tenants.top_100_share)}, the median one ${number(tenants.median)}.`;
}

function partsText({ parts }: Simulation): string {
  return table(
    ["part, in the busiest hour", "used", "of"],
    parts.map(({ part, used, of }) => [part, percent(used), of]),
  );
}

export function isFigure(name: string): name is FigureName {
  return name in FIGURES;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function number(value: number): string {
  return Math.round(value).toLocaleString("en");
}

/** Two digits say as much as such arithmetic knows. */
function round(value: number): string {
  return Number(value.toPrecision(2)).toLocaleString("en");
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2)).toLocaleString("en")} %`;
}
