import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Folder, foundedFolder } from "./processes.ts";

let folder: Folder;
let corpus: string;

const PROMPTS = [
  { id: "c1", title: "Refund reply", content: "Write a kind reply to a customer who wants the money back." },
  { id: "c2", title: "Haiku poet", content: "Write a haiku about the season that is named." },
  { id: "c3", title: "Code review", content: "Review this pull request for bugs and security holes." },
  { id: "c4", title: "Dinner planner", content: "Plan a week of vegetarian dinners." },
];
const QUERIES = [
  { id: "q1", query: "short Japanese poem", kind: "paraphrase", relevant: { c2: 2 } },
  { id: "q2", query: "code review", kind: "keyword", relevant: { c3: 2 } },
  { id: "q3", query: "zoning permits for offshore wind turbines", kind: "negative", relevant: {} },
];

beforeAll(async () => {
  folder = await foundedFolder();
  corpus = await file("corpus.jsonl", PROMPTS);
  await folder.run(["import", corpus, "--no-wait"]);
});
afterAll(() => folder.remove());

async function file(name: string, rows: readonly object[]): Promise<string> {
  const path = join(folder.path, name);
  await writeFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return path;
}

describe("eval-search", () => {
  it("indexes what is waiting, then scores words, meaning and both, by kind", async () => {
    const queries = await file("queries.jsonl", QUERIES);
    const { stdout, code } = await folder.run(["eval-search", queries, "--corpus", corpus, "--json"]);
    expect(code).toBe(0);
    const report = JSON.parse(stdout);
    expect(report).toMatchObject({ queries: 3, unknown_prompts: [], pending: 0, degraded: 0 });
    expect(Object.keys(report.kinds)).toEqual(["paraphrase", "keyword"]);
    expect(report.kinds.paraphrase.scores.words.ndcg.mean).toBe(0);
    for (const mode of ["meaning", "hybrid"]) {
      expect(report.overall[mode].ndcg).toEqual({ mean: 1, low: 1, high: 1 });
    }
    expect(report.abstention).toMatchObject({
      false_abstentions: { count: 0, of: 2 },
      false_offers: { count: 0, of: 1 },
      auc: 1,
    });
  });

  it("prints tables for people", async () => {
    const queries = await file("queries.jsonl", QUERIES);
    const { stdout } = await folder.run(["eval-search", queries, "--corpus", corpus]);
    expect(stdout).toMatch(
      /^NDCG@10 +QUERIES +WORDS +MEANING +HYBRID\nall +2 .* 1\.000 \(1\.000 to 1\.000\)/,
    );
    expect(stdout).toContain("Unanswerable, but something offered: 0 of 1");
  });

  it("takes the names of prompts for ids, and says which are not there", async () => {
    const queries = await file("names.jsonl", [
      { id: "q1", query: "code review", relevant: { "code-review": 2, "gone/away": 1 } },
    ]);
    const { stdout, stderr } = await folder.run(["eval-search", queries]);
    expect(stdout).toContain("all");
    expect(stderr).toContain("gone/away");
  });

  it.each([
    ["is not JSON", "{", ":1"],
    ["has no query", '{"id": "q1", "relevant": {}}', ":1: not as it should be. query"],
    ["is empty", "\n", "holds no queries"],
    ["names another library's prompts", '{"id":"q1","query":"x","relevant":{"nobody":1}}', "--corpus"],
  ])("refuses a file that %s", async (_what, text, message) => {
    const path = join(folder.path, "bad.jsonl");
    await writeFile(path, text);
    const { code, stderr } = await folder.run(["eval-search", path]);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });
});
