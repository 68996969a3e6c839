import { parseArgs } from "node:util";
import { z } from "zod";

export const ENGINES = ["native", "wasm"] as const;
export const INDEXES = ["sqlite-vec", "qdrant"] as const;
export const PARTS = ["search", "import", "get", "repeat"] as const;

export type BenchEngine = (typeof ENGINES)[number];
export type IndexName = (typeof INDEXES)[number];

export const USAGE = `npm run bench:search -- [flags]

  --quick              a small form: about a minute
  --json               JSON on standard output instead of tables
  --parts a,b          of: ${PARTS.join(", ")} (all)
  --sizes a,b          chunks in the index (1500,10000,100000; quick: 1500)
  --engines a,b        of: ${ENGINES.join(", ")} (all)
  --indexes a,b        of: ${INDEXES.join(", ")} (all)
  --workers N          threads that embed (as the server: one less than the processors, at most 4)
  --corpus FILE        prompts to use, in a format that import reads (examples/prompts)
  --minutes N          after which no further size is begun (10)
  --seed N             of everything that is generated (1)`;

const list = <T extends string>(known: readonly [T, ...T[]]) =>
  z
    .string()
    .transform((text) => text.split(","))
    .pipe(z.array(z.enum(known)))
    .default([...known]);
const count = z.coerce.number().int().min(1);

const flagsSchema = z.object({
  quick: z.boolean().default(false),
  json: z.boolean().default(false),
  help: z.boolean().default(false),
  parts: list(PARTS),
  sizes: z
    .string()
    .transform((text) => text.split(",").map(Number))
    .pipe(z.array(z.int().min(1).max(1_000_000)))
    .transform((sizes) => sizes.toSorted((a, b) => a - b))
    .optional(),
  engines: list(ENGINES),
  indexes: list(INDEXES),
  workers: count.max(32).optional(),
  corpus: z.string().min(1).optional(),
  minutes: count.default(10),
  seed: count.default(1),
});

/** How much of everything is measured. A budget in ms ends what would take longer, and fewer samples are reported. */
const FULL = {
  sizes: [1_500, 10_000, 100_000],
  search: { warmUp: 200, pairs: 300, budgetMs: 15_000 },
  imports: { prompts: 16, rounds: 10, budgetMs: 50_000 },
  get: { calls: 2_000, blocks: 8, everyMs: 5 },
};
const QUICK: typeof FULL = {
  sizes: [1_500],
  search: { warmUp: 5, pairs: 40, budgetMs: 4_000 },
  imports: { prompts: 8, rounds: 3, budgetMs: 6_000 },
  get: { calls: 600, blocks: 4, everyMs: 5 },
};

export type Options = ReturnType<typeof readOptions>;

/** Throws an error for people when a flag is not known or cannot be read. */
export function readOptions(args: readonly string[]) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean" },
      json: { type: "boolean" },
      help: { type: "boolean" },
      parts: { type: "string" },
      sizes: { type: "string" },
      engines: { type: "string" },
      indexes: { type: "string" },
      workers: { type: "string" },
      corpus: { type: "string" },
      minutes: { type: "string" },
      seed: { type: "string" },
    },
  });
  const parsed = flagsSchema.safeParse(values);
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path, message }) => `--${path[0]?.toString()}: ${message}`);
    throw new Error(`${problems.join("\n")}\n\n${USAGE}`);
  }
  const flags = parsed.data;
  const form = flags.quick ? QUICK : FULL;
  return { ...form, ...flags, sizes: flags.sizes ?? form.sizes };
}
