import type { Command } from "commander";
import { z } from "zod";
import { AppError } from "../../domain/errors.ts";
import type { EvaluationReport, JudgedQuery } from "../../domain/search-evaluation.ts";
import { authorise } from "../../operations/run-operation.ts";
import { searchPrompts } from "../../operations/search-prompts.ts";
import { authenticateWith, resolveCredential } from "./credentials.ts";
import { evaluationText } from "./evaluation-output.ts";
import { waitForIndex } from "./index-wait.ts";
import { type CommandHost, type Invocation, onRun, withApp } from "./invocation.ts";
import { printJson } from "./io.ts";
import { readCorpus, readJudgedQueries } from "./judged-files.ts";
import { progressBar } from "./progress-bar.ts";
import { onTermination } from "./termination.ts";

const optionsSchema = z.object({ corpus: z.string().optional() });

/** `eval-search`: how well search does on queries of one's own. */
export function addEvalSearchCommand(program: Command, host: CommandHost): void {
  const command = program
    .command("eval-search")
    .summary("Score search against judged queries")
    .description(
      'Reads queries with judgments, one JSON object a line: {"id", "query", "kind", "relevant": {"prompt": grade}}. ' +
        "Grade 2 is exactly what was asked for, 1 is usable; without any the right answer is none. A prompt is called by its " +
        "id or name, or by its id in --corpus. Gives nDCG@10, MRR@10 and Recall@10 by kind, for words only, meaning only " +
        "and both, with 95 % intervals, and how often nothing, or something, was offered by mistake.",
    )
    .argument("<file>", "Judged queries, as JSON Lines; - is standard input")
    .option(
      "--corpus <file>",
      'The prompts that were judged, as they were imported: JSON Lines with "id", "title" and "content"',
    )
    .addHelpText(
      "after",
      "\nExamples:\n  $ promptforge eval-search queries.jsonl\n" +
        "  $ promptforge eval-search queries.jsonl --corpus prompts.jsonl --json",
    );
  onRun(command, host, evalSearch);
}

async function evalSearch({ io, config, json, args, options }: Invocation): Promise<number> {
  const { corpus: corpusFile } = optionsSchema.parse(options);
  const credential = await resolveCredential(config);
  const queries = await readJudgedQueries(z.string().parse(args[0]), io);
  const corpus = corpusFile === undefined ? undefined : await readCorpus(corpusFile, io);
  const termination = onTermination();
  try {
    return await withApp(config, async (app) => {
      const caller = await authenticateWith(app.services, credential);
      authorise(searchPrompts, caller);
      await waitForIndex(app, io, termination.signal);
      const bar = progressBar(io, "Searching", queries.length);
      const report = await app.services.searchEvaluation
        .evaluate(caller, { queries, corpus, onQuery: (done) => bar.set(done) })
        .finally(() => bar.stop());
      refuseStrangers(report, queries);
      if (json) printJson(io, report);
      else io.stdout.write(evaluationText(report));
      for (const notice of noticesOf(report)) io.stderr.write(`${notice}\n`);
      return 0;
    });
  } finally {
    termination.release();
  }
}

/** Judgments of another library would give a score of 0, which says nothing about search. */
function refuseStrangers({ unknown_prompts: unknown }: EvaluationReport, queries: readonly JudgedQuery[]) {
  const judged = queries.flatMap(({ relevant }) => Object.keys(relevant).filter((id) => relevant[id] !== 0));
  if (unknown.length === 0 || unknown.length < new Set(judged).size) return;
  throw new AppError(
    "invalid_input",
    "None of the judged prompts is in the library. Import them first, and give the imported file with --corpus where the " +
      "judgments use its ids.",
    { unknown_prompts: unknown.slice(0, 10) },
  );
}

function noticesOf({ unknown_prompts: unknown, pending, degraded }: EvaluationReport): string[] {
  return [
    unknown.length > 0 &&
      `${unknown.length} judged prompts are not in the library and count as not found: ${unknown.slice(0, 5).join(", ")} …`,
    pending > 0 &&
      `${pending} prompts are not yet found by meaning: the numbers are lower than they could be.`,
    degraded > 0 && `${degraded} queries were answered by words only. \`promptforge doctor\` tells why.`,
  ].filter((notice) => typeof notice === "string");
}
